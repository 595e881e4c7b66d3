"""Raw results on answers -> the sections on accuracy, on what moves the error, and on failures."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.counts import compare
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK, SVC_NAME
from benchmarks.records import unpack
from benchmarks.report import plots
from benchmarks.report.document import Block, Figure, Heading, Table, Text

CONFUSED = ("blocks, k 11", "pixels, k 11", BEST_KNN, BEST_NETWORK)
GROUPS = (("both", "Both miss"), ("knn", "Only k-NN misses"), ("network", "Only the CNN misses"))
SHEET = 6  # cards in a picture of a gallery

Raw = Mapping[str, Mapping[str, Any]]  # by part


def accuracy_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return table and picture of every model's error, confusion matrices, precision and recall."""
    found = with_svc(found, raw)
    plots.save(folder / "errors.png", plots.draw_errors(found))
    best = min(found["models"], key=lambda name: found["models"][name]["errors"])
    low = found["models"][best]
    blocks: list[Block] = [
        error_table(found),
        Text(
            "The interval is Wilson's; validation is on training digits held out from learning. Against the "
            "CNN: how many digits the model alone, and the CNN alone gets wrong, and by McNemar's exact test "
            "how likely two equally good models would differ as much; below 0.05 it is hardly chance. "
            "`scikit-learn k-NN` finds the neighbors of `pixels, k 3`, but lets the smaller label win a tie."
        ),
        Figure(
            file="errors.png",
            alt=f"Error of each model with its interval; the lowest is {low['error_rate']:.2%}, of {best}",
            caption="Error of each model, worst on top; the line is the 95 % interval.",
        ),
    ]
    shown = [name for name in (*CONFUSED, "mlp") if name in found["models"]]
    plots.save(folder / "digits.png", plots.draw_digits(found, shown))
    blocks.append(
        Figure(
            file="digits.png", alt="Share of each digit missed, by model", caption="Which digits are missed."
        )
    )
    blocks.append(Heading("Which digit is taken for which"))
    blocks += [_confusion(name, found["models"][name], folder) for name in CONFUSED]
    return [*blocks, Heading("Precision and recall of each digit"), _digit_table(found["models"])]


def with_svc(found: Mapping[str, Any], raw: Raw) -> dict[str, Any]:
    """Return the accuracy part with the support vector machine among the models, if it was measured."""
    if "svc" not in raw:
        return dict(found)
    svc = raw["svc"]["result"]
    own = svc | {"against_cnn": compare(svc, found["models"][BEST_NETWORK])}
    return dict(found) | {"models": {**found["models"], SVC_NAME: own}}


def error_table(found: Mapping[str, Any]) -> Table:
    """Return the errors of all models, fewest last."""
    header = ["model", "kind", "error", "95 % interval", "errors", "validation", "alone / CNN alone", "p"]
    models = sorted(found["models"].items(), key=lambda pair: -pair[1]["errors"])
    return Table(
        header=header,
        rows=[_error_row(name, one) for name, one in models],
        caption=f"Errors on {found['n']:,} digits.",
    )


def _error_row(name: str, one: Mapping[str, Any]) -> list[str]:
    low, high = one["interval"]
    held = one["validation"]
    against = one["against_cnn"]
    itself = name == BEST_NETWORK
    return [
        f"`{name}`",
        one["kind"],
        f"{one['error_rate']:.2%}",
        f"{low:.2%} to {high:.2%}",
        f"{one['errors']:,}",
        f"{held['error_rate']:.2%}" if held else "-",
        "-" if itself else f"{against['alone']} / {against['cnn_alone']}",
        "-" if itself else _chance(against["p"]),
    ]


def _chance(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-4 else "< 0.0001"


def _confusion(name: str, one: Mapping[str, Any], folder: pathlib.Path) -> Figure:
    file = f"confusion-{name.split(',', maxsplit=1)[0].replace(' ', '-')}.png"
    plots.save(folder / file, plots.draw_confusion(name, one))
    counts = [(one["confusion"][a][b], a, b) for a in range(10) for b in range(10) if a != b]
    most, label, answer = max(counts)
    words = f"most often, {most} times, {label} is read as {answer}" if most else "no digit is misread"
    return Figure(
        file=file,
        alt=f"Confusion matrix of {name}: {words}",
        caption=f"`{name}`: {words}. Counts; shade is the share of the row, the diagonal left white.",
    )


def _digit_table(models: Mapping[str, Any]) -> Table:
    """Return precision and recall of each digit, for a few models."""
    columns = [(name, kind) for name in CONFUSED for kind in ("precision", "recall")]
    return Table(
        header=["digit", *(f"`{name}` {kind}" for name, kind in columns)],
        rows=[
            [str(digit), *(_share(models[name][kind][digit]) for name, kind in columns)]
            for digit in range(10)
        ],
        caption="Precision: the share of what was read as this digit that is one. Recall: the share found.",
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def votes_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return how the error moves with k."""
    plots.save(folder / "votes.png", plots.draw_votes(found))
    least = {
        name: min(
            (count, weights, k)
            for weights, counts in errors.items()
            for k, count in zip(found["k"], counts, strict=True)
        )
        for name, errors in found["errors"].items()
    }
    words = "; ".join(
        f"`{name}` k = {k}, {weights} ({count / found['n']:.2%})"
        for name, (count, weights, k) in least.items()
    )
    return [
        Heading("How many neighbors, and how they vote"),
        Figure(
            file="votes.png",
            alt="Error on held-out training digits by k, for each feature and both kinds of weights",
            caption=f"On {found['n']:,} held-out training digits; one line where both kinds of weights lie "
            f"within each other's 95 % interval. Fewest errors: {words}.",
        ),
    ]


def grids_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return how the error moves with the grid of blocks."""
    plots.save(folder / "grids.png", plots.draw_grids(found))
    best = min(found["grids"], key=lambda row: row["errors"])
    words = f"{best['grid']} of {best['ink']} ink, {best['errors'] / found['n']:.2%}"
    return [
        Figure(
            file="grids.png",
            alt=f"Error on held-out training digits by the grid of blocks; the least is that of {words}",
            caption=f"Grids of blocks, from 2x2 to every pixel, 28x28. The least error: {words}.",
        )
    ]


def learning_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return learning curves."""
    plots.save(folder / "learning.png", plots.draw_learning(found))
    rows = [
        [f"`{name}`", *(f"{count / found['n']:.2%}" for count in errors)]
        for name, errors in found["errors"].items()
    ]
    return [
        Figure(
            file="learning.png",
            alt="Error by the number of reference digits, falling for every model",
            caption="Learning curves: error against the number of reference digits, no other hands "
            "beside them, with 95 % bands.",
        ),
        Table(
            header=["model", *(f"{size:,}" for size in found["sizes"])],
            rows=rows,
            caption="Error by the number of reference digits, taken in one random order.",
        ),
    ]


def failures_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return galleries of what both models miss, and what only one of them does."""
    pictures = unpack(found["pictures"], len(found["failures"]))
    blocks: list[Block] = [
        Text(
            f"Each card: the digit, what `{BEST_KNN}` (k-NN) and the CNN say of it with their probabilities, "
            "and the nearest reference digits with their labels, which voted, nearest first. Refined: by the "
            "distance that lets digits bend."
        )
    ]
    for group, title in GROUPS:
        wanted = ["knn", "network"] if group == "both" else [group]
        rows = [row for row, one in enumerate(found["failures"]) if one["missed_by"] == wanted]
        blocks.append(Heading(f"{title}: {len(rows)} of {found['n']:,} digits"))
        for start in range(0, len(rows), SHEET):
            chosen = rows[start : start + SHEET]
            cards = [found["failures"][row] for row in chosen]
            file = f"failures-{group}-{start // SHEET + 1}.png"
            plots.save_gallery(folder / file, cards, pictures[chosen])
            blocks.append(Figure(file=file, alt=_spoken(cards), caption=_span(cards), gallery=True))
    return blocks


def _span(cards: Sequence[Mapping[str, Any]]) -> str:
    first, last = cards[0]["index"], cards[-1]["index"]
    return f"Test digit {first}." if first == last else f"Test digits {first} to {last}."


def _spoken(cards: Sequence[Mapping[str, Any]]) -> str:
    """Say in words what a gallery shows."""
    return "; ".join(
        f"{one['label']} read as {one['knn']['answer']} by k-NN, {one['network']['answer']} by the CNN"
        for one in cards
    )
