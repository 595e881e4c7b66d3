"""Raw results of a question -> its Markdown tables: `python -m benchmarks.report.tables FILE...`.

The questions of the report have their tables there, see `benchmarks.report.chapters`.
"""

import pathlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from benchmarks.records import read_record
from benchmarks.report.cells import cells_table
from benchmarks.report.constants import constants_table
from benchmarks.report.empty import empty_table
from benchmarks.report.forms import forms_tables
from benchmarks.report.growth import growth_table, many_table
from benchmarks.report.lattices import lattices_table
from benchmarks.report.markdown import markdown_table
from benchmarks.report.photo_scores import blame_rows, make_notes, score_rows
from benchmarks.report.serve import serve_table
from benchmarks.report.strings import strings_table
from benchmarks.report.tokens import tokens_table
from benchmarks.report.transfer import transfer_tables
from benchmarks.script import Parser, run
from knn_digits.errors import DataError
from knn_digits.evaluation import PhotoScore, add_scores

Result: TypeAlias = Mapping[str, Any]
WAYS = ("before", "ten", "all")  # what was learned of a writer's other photos
FIRST = (10, 20, 30, 40)  # of the digits that `inspect` lists
REJECTED = (0.005, 0.01, 0.02, 0.05, 0.1)  # shares of the least sure answers


def main(arguments: Sequence[str]) -> None:
    """Print the tables of the files."""
    parser = Parser(description="Print the tables of raw results as Markdown.")
    words = f"raw results on {', '.join(TABLES)}"
    parser.add_argument("files", type=pathlib.Path, nargs="+", metavar="FILE", help=words)
    for path in parser.parse_args(arguments).files:
        print(tables_of(path))


def tables_of(path: pathlib.Path) -> str:
    """Return the tables of a file; DataError if it is damaged or of a question of the report."""
    raw = read_record(path)
    question = raw["question"]
    if question not in TABLES:
        raise DataError(
            f"{path} answers {question!r}, of which there is no table of its own: "
            "draw the report with `python benchmarks/report.py --from` and its folder"
        )
    return TABLES[question](raw["result"])


def bounds_table(result: Result) -> str:
    """Return what each hard page takes to read, the worst last."""
    rows = [
        [
            one["page"],
            f"{one['seconds']:.2f}",
            str(one["megabytes"]),
            str(one["digits"]),
            one["said"] or "read",
        ]
        for one in result["pages"]
    ]
    return markdown_table(["page", "CPU seconds", "MB", "digits", "said"], rows)


def calibration_table(result: Result) -> str:
    """Return log loss and calibration error of each way to make probabilities."""
    ways = list(result["measured"][0]["ways"])
    rows = [
        [one["setting"], f"{one['digits']:,}", *(_losses(one["ways"][way]) for way in ways)]
        for one in result["measured"]
    ]
    head = "Log loss and expected calibration error of each way.\n\n"
    return head + markdown_table(["setting", "held-out digits", *ways], rows)


def _losses(found: Mapping[str, float]) -> str:
    return f"{found['log_loss']:.4f}  {found['calibration_error']:.2%}"


def compiled_table(result: Result) -> str:
    """Return microseconds a pair of digits, and what numba costs."""
    rows = [
        [name, f"{statistics.median(times) / result['pairs'] * 1e6:.0f}"]
        for name, times in result["seconds"].items()
    ]
    return (
        markdown_table(["distance of deformation", "microseconds a pair"], rows)
        + f"\n\nnumba: {result['compile_seconds']:.1f} s to import and compile, "
        f"{result['bytes'] / 1e6:.0f} MB; {result['import_seconds']:.1f} s to import alone."
    )


def corrections_table(result: Result) -> str:
    """Return the errors before and after corrections, by model and source."""
    header = ["model", "source", "photos", "digits", "wrong before", "after ten", "after all"]
    rows = []
    for name, model in result["models"].items():
        sources = sorted({photo["source"] for photo in model["photos"]})
        for source in [None, *sources]:
            photos = [photo for photo in model["photos"] if source in (None, photo["source"])]
            sums = [add_scores(PhotoScore(**photo["scores"][way]) for photo in photos) for way in WAYS]
            counts = [str(sums[0].photos), str(sums[0].digits), *(str(one.wrong) for one in sums)]
            rows.append([name, str(source or "all"), *counts])
    return markdown_table(header, rows)


def corruptions_table(result: Result) -> str:
    """Return the errors in percent on corrupted and on foreign digits."""
    names, harmed = result["names"], result["corruptions"]
    rows = [percent_row(one["digits"], one, names) for one in harmed]
    rows.append(percent_row(f"mean of the {len(harmed) - 1}", mean_errors(result), names))
    parts = [markdown_table([f"error in %, n {result['n']:,}", *names], rows)]
    foreign = [
        percent_row(f"{one['digits']}, n {one[names[0]]['n']:,}", one, names) for one in result["transfer"]
    ]
    parts += [markdown_table(["error in %", *names], foreign)] if foreign else []
    return "\n\n".join(parts + [seen_words(one, "training") for one in result["transfer"] if one["seen"]])


def mean_errors(result: Result) -> dict[str, dict[str, float]]:
    """Return each model's mean error over the corruptions, without that on clean digits."""
    harmed = result["corruptions"][1:]
    return {
        name: {"error_rate": float(np.mean([one[name]["error_rate"] for one in harmed]))}
        for name in result["names"]
    }


def percent_row(label: str, one: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return a row of errors in percent."""
    return [label, *(f"{100 * one[name]['error_rate']:.2f}" for name in names)]


def seen_words(one: Mapping[str, Any], known: str) -> str:
    """Say how many foreign digits are among those that the models know."""
    return f"Of {one['digits']}, {one['seen']:,} are, pixel for pixel, among the {known} digits."


def doubts_table(result: Result) -> str:
    """Return how many wrong labels are among the first that are listed."""
    listed = [doubt["index"] for doubt in result["listed"]]
    counts = [n for n in FIRST if n < len(listed)] + [len(listed)]
    found = [len(set(listed[:n]) & set(result["known"])) for n in counts]
    header = ["first of those listed", *map(str, counts)]
    return markdown_table(header, [[f"of {len(result['known'])} wrong labels", *map(str, found)]])


def estimators_table(result: Result) -> str:
    """Return milliseconds of ours and of scikit-learn's, and their ratio, for each number of threads."""
    return "\n\n".join(
        f"Threads: {threads}\n\n{_estimators_run(one['seconds'])}" for threads, one in result["runs"].items()
    )


def _estimators_run(seconds: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    rows = []
    for name, table in seconds.items():
        ours, theirs = (
            [fit + predict for fit, predict in zip(table[f"{who} fit"], table[f"{who} predict"], strict=True)]
            for who in ("ours", "scikit-learn")
        )
        ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
        cells = [f"{statistics.median(times) * 1000:.0f} ms" for times in (theirs, ours)]
        rows.append([name, *cells, f"{ratio:.2f}x"])
    return markdown_table(["vectors", "scikit-learn", "ours", "times as fast"], rows)


def networks_table(result: Result) -> str:
    """Return error, size and milliseconds of each network, and of k-NN beside them."""
    header = [
        *("model", "parameters", "MB", "test error", "95 % interval", "train error", "gap"),
        *("ms a digit, batch", "ms, single"),
    ]
    return markdown_table(header, [_network_row(name, found) for name, found in result["models"].items()])


def _network_row(name: str, found: Mapping[str, Any]) -> list[str]:
    """Return a model's row; the gap is the test error less the training error, in points of percent."""
    low, high = found["interval"]
    train = found["scores"]["train"] if "scores" in found else None
    share = train["errors"] / train["digits"] if train else None
    digits = found.get("training_digits")
    return [
        f"`{name}`",
        f"{found['parameters']:,}" if digits is None else f"{digits:,} digits",
        f"{found['bytes'] / 1e6:.2f}",
        f"{found['error_rate']:.2%}",
        f"{low:.2%} to {high:.2%}",
        "-" if share is None else f"{share:.2%}",
        "-" if share is None else f"{100 * (found['error_rate'] - share):.2f}",
        f"{1e3 * statistics.median(found['batch_seconds']):.3f}",
        f"{1e3 * statistics.median(found['single_seconds']):.2f}",
    ]


def photos_table(result: Result) -> str:
    """Return the scores of each reader of photos, and what is to be known of them."""
    header, *rows = score_rows(result)
    blame = blame_rows(result)
    lost = [markdown_table(blame[0], blame[1:])] if blame else []
    return "\n\n".join([markdown_table(header, rows), *make_notes(result), *lost])


def refinement_table(result: Result) -> str:
    """Return seconds of the default beside a flat search, of single digits, and the peak of memory."""
    queries, (ours, flat) = result["queries"], result["batch_seconds"].values()
    ratios = [a / b for a, b in zip(ours, flat, strict=True)]
    times = [f"{statistics.median(seconds):.2f} s" for seconds in (ours, flat)]
    spread = f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"
    names = list(result["batch_seconds"])
    rows = [[names[0], times[0], spread], [names[1], times[1], "1x"]]
    load = result["load"]
    return "\n\n".join(
        [
            markdown_table(["", f"{queries:,} digits", "to FAISS, median (range)"], rows),
            _single_table(result["single_seconds"]),
            f"{result['refined']:,} of {queries:,} digits are refined. Peak memory of a process that loads "
            f"the model and classifies them all: {result['peak_bytes'] / 1e9:.2f} GB. Load of the machine: "
            f"{load['before']:.1f} before, {load['after']:.1f} after.",
        ]
    )


def _single_table(seconds: Mapping[str, Sequence[float]]) -> str:
    rows = [
        [name, f"{len(times)}", *(f"{1e3 * value:.1f} ms" for value in np.percentile(times, [50, 95]))]
        for name, times in seconds.items()
        if times
    ]
    return markdown_table(["one digit at a time", "digits", "p50", "p95"], rows)


def refusal_table(result: Result) -> str:
    """Return calibration and errors of test digits, then how what is no digit is told from them."""
    measured = result["measured"]
    names = [one["model"] for one in measured]
    words = (
        f"Area under the ROC curve of doubt, {result['n']} things of each kind against the test digits, "
        "and the share of them that is refused at the model's own limit."
    )
    head = f"{measured[0]['digits']:,} test digits"
    return "\n\n".join(
        [
            markdown_table([head, *names], _trust_rows(measured)),
            words,
            markdown_table(["no digits", *names], _kind_rows(measured)),
        ]
    )


def _trust_rows(measured: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [
        ["errors", *(f"{one['errors'] / one['digits']:.2%}" for one in measured)],
        ["expected calibration error", *(f"{one['calibration_error']:.2%}" for one in measured)],
        ["- bins of equal mass", *(f"{one['calibration_error_equal_mass']:.2%}" for one in measured)],
        ["log loss", *(f"{one['log_loss']:.4f}" for one in measured)],
        *[
            [f"error where {share:.1%} are rejected", *(_error_left(one, share) for one in measured)]
            for share in REJECTED
        ],
        ["digits refused", *(_refused(one) for one in measured)],
        ["blank digit", *("read" if one["blank_read"] else "refused" for one in measured)],
    ]


def _kind_rows(measured: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    kinds = [
        [
            kind,
            *(f"{one['kinds'][kind]['area']:.4f}  {one['kinds'][kind]['refused']:4.0%}" for one in measured),
        ]
        for kind in measured[0]["kinds"]
    ]
    alone = ["- by distance alone", *(f"{one['area_by_distance_alone']:.4f}      " for one in measured)]
    return [*kinds, alone]


def _error_left(one: Mapping[str, Any], share: float) -> str:
    """Return the error at the last point of the curve that rejects no more than a share."""
    point = max(
        (point for point in one["error_reject"] if point["rejected"] <= share),
        key=lambda point: float(point["rejected"]),
    )
    return f"{point['error_rate']:.2%} ({point['rejected']:.1%})"


def _refused(one: Mapping[str, Any]) -> str:
    low, high = one["wrongly_refused_interval"]
    return f"{one['wrongly_refused'] / one['digits']:.2%} ({low:.2%} to {high:.2%})"


def robustness_table(result: Result) -> str:
    """Return the digits read at each level of each harm."""
    digits = sum(len("".join(lines)) for lines in result["photos"].values())
    parts = [
        f"Digits read right, in %, of {digits} in {len(result['photos'])} sample photos, brought to digits "
        f"about {result['height']} pixels high, at each level of harm."
    ]
    for name in dict.fromkeys(one["model"] for one in result["measured"]):
        rows = [_harm_row(one) for one in result["measured"] if one["model"] == name]
        parts.append(markdown_table([f"model {name}", "unit", "level: digits read", "under 90 % at"], rows))
    return "\n\n".join(parts)


def _harm_row(one: Mapping[str, Any]) -> list[str]:
    cells = " · ".join(f"{at['level']:g}: {100 * (at['accuracy'] or 0):.0f}" for at in one["levels"])
    return [one["kind"], one["unit"], cells, "-" if one["fails_at"] is None else f"{one['fails_at']:g}"]


def startup_table(result: Result) -> str:
    """Return the seconds of whole commands, as a ratio to what they cannot do without."""
    rows = [
        [
            name,
            f"{statistics.median(a / b for a, b in zip(found['ours'], found['least'], strict=True)):.2f}",
            f"{statistics.median(found['ours']):.2f} s",
            str(len(found["ours"])),
        ]
        for name, found in result["seconds"].items()
    ]
    return markdown_table(["command", "ratio", "median", "runs"], rows)


TABLES: Mapping[str, Callable[[Result], str]] = {
    "bounds": bounds_table,
    "calibration": calibration_table,
    "compiled": compiled_table,
    "constants": constants_table,
    "corrections": corrections_table,
    "corruptions": corruptions_table,
    "doubts": doubts_table,
    "estimators": estimators_table,
    "growth": growth_table,
    "lattices": lattices_table,
    "many": many_table,
    "networks": networks_table,
    "photos": photos_table,
    "refinement": refinement_table,
    "refusal": refusal_table,
    "robustness": robustness_table,
    "startup": startup_table,
    "empty": empty_table,
    "forms": forms_tables,
    "serve": serve_table,
    "strings": strings_table,
    "tables": cells_table,
    "tokens": tokens_table,
    "transfer": transfer_tables,
}


if __name__ == "__main__":
    run(main)
