"""Evaluation and model header -> lines of text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from knn_digits.archive import MODEL
from knn_digits.classifiers.header import ModelHeader, Refusal, TuningNote, Validation
from knn_digits.classifiers.hearing import Hearing
from knn_digits.classifiers.options import KnnOptions
from knn_digits.evaluation import Evaluation
from knn_digits.features import describe_feature
from knn_digits.plain import plain


def evaluation_text(evaluation: Evaluation) -> str:
    """Return an evaluation as text for a terminal."""
    low, high = evaluation.interval
    head = (
        f"error {evaluation.error_rate:.2%} ({evaluation.errors} of {evaluation.n}), "
        f"95 % interval {low:.2%} to {high:.2%}\n"
        f"{evaluation.seconds:.1f} s, {evaluation.queries_per_second:.0f} digits a second\n"
        f"expected calibration error of the probabilities {evaluation.calibration_error:.2%}; "
        f"{evaluation.refused / evaluation.n:.2%} of the digits would be refused\n"
    )
    rows = [
        "",
        f"{'true    read as':<64s}{'recall':>9s}",
        "    " + "".join(f"{label:6d}" for label in range(10)),
    ]
    for label, (counts, recall) in enumerate(zip(evaluation.confusion, evaluation.recall, strict=True)):
        share = f"{recall:9.2%}" if recall is not None else f"{'-':>9s}"
        rows.append(f"{label:4d}" + "".join(f"{count:6d}" for count in counts) + share)
    return head + "\n".join(rows)


def evaluations_text(found: Mapping[int, Evaluation]) -> str:
    """Return evaluations by their k as a table for a terminal."""
    rows = ["   k    error     95 % interval  refused  calibration error"]
    for k, one in found.items():
        low, high = one.interval
        rows.append(
            f"{k:4d}{one.error_rate:9.2%}  {low:6.2%} to {high:6.2%}{one.refused / one.n:9.2%}"
            f"{one.calibration_error:19.2%}"
        )
    some = next(iter(found.values()))
    return "\n".join([*rows, f"{some.n} digits in {some.seconds:.1f} s, all k together"])


def model_text(path: str, header: ModelHeader) -> str:
    """Return a model file's header as text for a terminal."""
    feature, data, note = describe_feature(header.feature), header.data, header.validation
    made_by = ", ".join(f"{name} {version}" for name, version in header.versions.items())
    settings = " ".join(f"{key}={value}" for key, value in feature["options"].items())
    return _table(
        [
            ("model", path),
            ("features", f"{feature['name']} {settings}".strip()),
            ("neighbors", _neighbors_text(header.options)),
            ("fitted on", f"{data.text} (SHA-256 {data.sha256[:16]}...)"),
            ("per label", " ".join(str(count) for count in data.per_label)),
            ("validation", validation_text(note)),
            *([("refuses", _refusal_text(note.refusal))] if note and note.refusal else []),
            *([("tuning", tuning_text(header.tuning))] if header.tuning else []),
            ("made", f"{header.date} with {made_by}"),
            ("format", str(MODEL.form)),
        ]
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows of a name and a text, which may come out of a file."""
    return "\n".join(f"{plain(name):<11s} {plain(value)}" for name, value in rows)


def _neighbors_text(options: KnnOptions) -> str:
    settings = [f"k={options.k}", f"weights={options.weights}"]
    if options.weights == "distance":
        settings.append(f"power={options.power:g}")
    if options.dimensions:
        settings.append(f"dimensions={options.dimensions}")
    if options.refinement is not None:
        settings += [f"{name}={value}" for name, value in asdict(options.refinement).items()]
    settings.append(f"backend={options.backend}")
    return " ".join(settings if options.shards == 1 else [*settings, f"shards={options.shards}"])


def validation_text(note: Validation | None) -> str:
    """Return the validation error that a model's header notes."""
    if note is None:
        return "none: too few digits to hold some out"
    return f"error {note.error_rate:.2%} ({note.errors} of {note.digits} held-out training digits)"


def _refusal_text(refusal: Refusal) -> str:
    words = f"{refusal.rate:.2%} of held-out training digits as no digits"
    if refusal.nearer is not None:
        return f"{words}: doubt + {_limit_text(refusal.nearer, 'nearness of signs')}"
    if refusal.heard is not None:
        return f"{words}: doubt + {_limit_text(refusal.heard, 'share of votes for signs')}"
    return words


def _limit_text(heard: Hearing, what: str) -> str:
    return f"{heard.weight:.2f} x {what} above {heard.limit:.2f}"


def tuning_text(note: TuningNote) -> str:
    """Return how a model's settings were chosen, as its header notes it."""
    return (
        f"the best of {note.trials} settings on {note.digits} held-out training digits: "
        f"error {note.error_rate:.2%} ({note.errors}), reached by {note.few} of them"
    )


def network_text(path: str, card: dict[str, Any]) -> str:
    """Return a network's card as text for a terminal."""
    made_by = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
    epochs, data, taken = card["epochs"], card["data"], card["input"]
    rows = [
        ("network", path),
        (
            "size",
            f"{card['parameters']} parameters, {card['bytes']} bytes (SHA-256 {card['sha256'][:16]}...)",
        ),
        ("input", f"({taken['scale']} - {taken['mean']}) / {taken['deviation']}"),
        ("trained on", f"{card['scores']['train']['digits']} digits of {data['name']}"),
        ("command", card["command"]),
        ("epochs", f"{epochs['done']}, the best is number {epochs['best']}"),
        *((part, _score_text(score)) for part, score in card["scores"].items()),
        ("temperature", f"{card['temperature']:.3g}"),
        ("made", f"{card['date']} on {card['device']}, {card['threads']} threads, with {made_by}"),
    ]
    return _table(rows)


def scores_text(card: dict[str, Any]) -> str:
    """Return in one line how a network did on each part of its data."""
    return "; ".join(f"{part} {_score_text(score)}" for part, score in card["scores"].items())


def _score_text(score: dict[str, Any]) -> str:
    return f"error {score['errors'] / score['digits']:.2%} ({score['errors']} of {score['digits']})"
