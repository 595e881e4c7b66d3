"""Raw results of the report's parts -> its sections, whose pictures are drawn into a folder."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plots
from accuracy import MNIST_TEST
from answers import compare, unpack
from costs import cost_blocks, frontier_blocks, scaling_blocks, search_blocks
from document import Block, Document, Figure, Heading, Section, Table, Text
from lineup import BEST_KNN, BEST_NETWORK, SVC_NAME
from parts import Part

CONFUSED = ("blocks, k 11", "pixels, k 11", BEST_KNN, BEST_NETWORK)
GROUPS = (("both", "Both miss"), ("knn", "Only k-NN misses"), ("network", "Only the CNN misses"))
SHEET = 6  # cards in a picture of a gallery
PHOTO_ROWS = ("all", "core", "without", "median")  # of the table of photos, and what stands below each

Raw = Mapping[str, Mapping[str, Any]]  # by part
Chapter = Callable[[Mapping[str, Any], Raw, pathlib.Path], Sequence[Block]]


def make_document(raw: Raw, parts: Sequence[Part], folder: pathlib.Path) -> Document:
    """Return the report, its pictures drawn into the folder."""
    first = next(iter(raw.values()))
    key = first["key"]
    digits = f"{key['training']:,} reference digits of {key['data']}; errors are of {first['about_test']}."
    sections = [Section(title="What this is", blocks=_about(raw, parts))]
    for title, chapters in SECTIONS:
        blocks: list[Block] = []
        for name, chapter in chapters:
            if name in raw:
                blocks += chapter(raw[name]["result"], raw, folder)
        if blocks:
            sections.append(Section(title=title, blocks=blocks))
    sections.append(Section(title="How it was measured", blocks=_runs(raw)))
    return Document(title="Benchmark report of knn-digits", facts=digits, sections=sections)


def _about(raw: Raw, parts: Sequence[Part]) -> list[Block]:
    key = next(iter(raw.values()))["key"]
    blocks: list[Block] = [
        Text(
            "How accurate is each way to describe a digit, to search its neighbors and to let them vote? "
            "What does it cost beside four small networks and other programs? Where does it fail, and can it "
            "be trusted? Settings were chosen on training digits alone, held out from learning; the digits "
            "that errors are of chose nothing."
        )
    ]
    if key["test_sha256"] != MNIST_TEST:
        blocks.append(
            Text(
                f"**These are not MNIST's 10,000 test digits**, but {key['test']:,} digits of {key['data']}: "
                "figures cannot be compared with published ones. The networks learned from MNIST's training "
                "digits; where these are among them, as the sample's are, their errors are those of digits "
                "known by heart, and too low. The bundled model takes part where it was not "
                "fitted on them."
            )
        )
    missing = [f"`{part.name}`" for part in parts if part.name not in raw]
    if missing:
        blocks.append(Text(f"Not measured yet: {', '.join(missing)}."))
    return blocks


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
            caption=f"On {found['n']:,} held-out training digits. Fewest errors: {words}.",
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
            caption="Learning curves: error against the number of reference digits, with 95 % bands.",
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


def trust_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return reliability, calibration error and error-reject curves."""
    plots.save(folder / "reliability.png", plots.draw_reliability(found))
    plots.save(folder / "rejection.png", plots.draw_rejection(found))
    rows = [
        [
            f"`{name}`",
            f"{one['calibration_error']:.2%}",
            f"{one['log_loss']:.4f}",
            *(_left(one, share) for share in (0, 0.01, 0.02, 0.05)),
        ]
        for name, one in found["models"].items()
    ]
    return [
        Table(
            header=["model", "ECE", "log loss", "error", "1 % rejected", "2 %", "5 %"],
            rows=rows,
            caption="Expected calibration error in 15 bins; error when the least sure answers are rejected.",
        ),
        Figure(
            file="reliability.png",
            alt="Reliability diagram: share of right answers by the probability of the answer",
            caption="Reliability: on the grey line a probability is what it promises. Bins of 10 and more.",
        ),
        Figure(
            file="rejection.png",
            alt="Error of the answers left by the share of the least sure ones rejected",
            caption="Error-reject curves.",
        ),
    ]


def _left(one: Mapping[str, Any], share: float) -> str:
    """Return the error left when at most this share is rejected."""
    errors = [
        error for rejected, error in zip(one["rejected"], one["error_rate"], strict=True) if rejected <= share
    ]
    return f"{errors[-1]:.2%}"


def corruptions_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return the errors on harmed and on foreign digits."""
    names = found["names"]
    rows = [_percent_row(one["digits"], one, names) for one in found["corruptions"]]
    source = f"From `{found['from']}`." if found["from"] else "Measured in this run."
    blocks: list[Block] = [
        Heading("Corrupted and foreign digits"),
        Table(
            header=["corruption", *(f"`{name}`" for name in names)],
            rows=rows,
            caption=f"Error in %, {found['n']:,} corrupted digits as in MNIST-C; no model saw any. {source}",
        ),
    ]
    if found["transfer"]:
        foreign = [
            _percent_row(f"{one['digits']}, n {one[names[0]]['n']:,}", one, names)
            for one in found["transfer"]
        ]
        caption = "Error in % on other people's digits, brought to MNIST's geometry."
        blocks.append(
            Table(header=["digits", *(f"`{name}`" for name in names)], rows=foreign, caption=caption)
        )
    return blocks


def _percent_row(label: str, one: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [label, *(f"{100 * one[name]['error_rate']:.2f}" for name in names)]


def photos_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return how photos are read."""
    header, *rows = found["table"]
    misread = "; ".join(f"{one['file']}" for one in found["misread"]) or "none"
    return [
        Heading("Photos"),
        Table(
            header=[*header[:2], *(cell.removeprefix("knn-digits ") for cell in header[2:])],
            rows=[
                [row[0].removeprefix("- "), *(" ".join(cell.split()) for cell in row[1:])]
                for row in rows
                if row[0].startswith(("- ", *PHOTO_ROWS))
            ],
            caption=f"{found['photos']} photos of `{found['folder']}`: digits read right, photos exactly.",
        ),
        Text(f"Read with a mistake by at least one of them: {misread}."),
    ]


def _runs(raw: Raw) -> list[Block]:
    runs = {name: one["run"] for name, one in raw.items()}
    rows = [
        [
            f"`{name}`",
            one["date"][:16].replace("T", " "),
            f"{raw[name]['seconds']:.0f} s",
            str(one["commit"]),
            str(one["threads"]["opencv"]),
        ]
        for name, one in runs.items()
    ]
    first = next(iter(runs.values()))
    machines = {(one["cpu"], one["cores"], one["machine"]) for one in runs.values()}
    words = "; ".join(f"{cpu}, {cores} cores, {system}" for cpu, cores, system in sorted(machines))
    versions = ", ".join(f"{name} {version}" for name, version in first["versions"].items())
    key = next(iter(raw.values()))["key"]
    return [
        Text(f"On {words}; {versions}. Seed {key['seed']}. Again: `python {first['command']}`."),
        Text(
            f"SHA-256: `{key['training_sha256']}` of reference digits, `{key['test_sha256']}` of the others."
        ),
        Table(
            header=["part", "date (UTC)", "took", "commit", "threads"],
            rows=rows,
            caption="Raw results: the JSON file of each part. A + behind the commit: files differed.",
        ),
    ]


SECTIONS: tuple[tuple[str, tuple[tuple[str, Chapter], ...]], ...] = (
    ("Accuracy", (("accuracy", accuracy_blocks),)),
    (
        "What moves the error",
        (("votes", votes_blocks), ("grids", grids_blocks), ("learning", learning_blocks)),
    ),
    ("Error against cost", (("speed", frontier_blocks),)),
    ("Cost", (("speed", cost_blocks), ("search", search_blocks), ("scaling", scaling_blocks))),
    ("Failures", (("failures", failures_blocks),)),
    ("Trust", (("trust", trust_blocks), ("corruptions", corruptions_blocks), ("photos", photos_blocks))),
)
