"""Raw results of the report's parts -> pictures in one style. Draws, computes only what an axis needs.

Every series has a marker and a line style of its own beside its color (Okabe and Ito 2008, Color universal
design), so that pictures can be read in print and by readers who are blind to a color.
"""

import io
import pathlib
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.report.labels import label_points
from knn_digits.arrays import CLASSES, Digits
from knn_digits.evaluation import wilson_interval
from knn_digits.reports.cards import Card, draw_cards
from knn_digits.storage import write_then_rename

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
SMALL, TALL = (5.4, 4.2), (5.4, 5.0)  # inches: a picture as wide as a phone, its text still readable there
DOTS = 160  # an inch
HUES, GREYS = 128, 16  # of a picture: enough for lines and letters, and a third of the bytes
ASIDE = 0.25  # of the step between two digits: as far aside lie the dots of the first and the last model
FEWEST = 10  # answers of a bin whose share of right ones is shown
SAID = 0.005  # probability: a label that is less likely is not named
DECADE_STEPS = (1, 3)  # of axes that count reference digits, as they are measured
KIND_MARKERS = {"k-NN": "o", "network": "s", "peer": "^"}
STYLE: Any = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.titlesize": 11,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.markersize": 5,
    "figure.facecolor": "white",
}


def save(path: pathlib.Path, figure: Any) -> None:
    """Write a figure as a small PNG, by write-then-rename."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS)
    with Image.open(drawn) as picture:
        _write(path, picture.convert("RGB").quantize(HUES))


def save_gallery(path: pathlib.Path, failures: Sequence[Mapping[str, Any]], pictures: Digits) -> None:
    """Write each failure with what both models said, and the neighbors that voted, one below the other."""
    cards = [
        Card(
            picture=beside[0],
            lines=[_truth(one), f"k-NN: {_said(one['knn'])}; CNN: {_said(one['network'])}"],
            others=beside[1:],
            captions=[str(label) for label in one["neighbor_labels"]],
        )
        for one, beside in zip(failures, pictures, strict=True)
    ]
    _write(path, Image.fromarray(draw_cards(cards, columns=1)).quantize(GREYS))


def _write(path: pathlib.Path, picture: Image.Image) -> None:
    with write_then_rename(path) as file:
        picture.save(file, "PNG", optimize=True)


def start(*, size: tuple[float, float] = SMALL, **axes: Any) -> tuple[Any, Any]:
    """Return a figure and its axes, in the style of all."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STYLE)
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(**axes)


def looks() -> Iterator[dict[str, Any]]:
    """Yield color, marker and line style of one series after another."""
    for color, marker, line in zip(COLORS, MARKERS, LINES, strict=True):
        yield {"color": color, "marker": marker, "linestyle": line}


def draw_errors(found: Mapping[str, Any]) -> Any:
    """Draw each model's error with its 95 % interval, worst on top."""
    models = sorted(found["models"].items(), key=lambda pair: pair[1]["error_rate"])
    figure, axes = start(size=(5.4, 0.32 * len(models) + 1))
    for place, (_, one) in enumerate(models):
        low, high = one["interval"]
        look = _kind_look(one["kind"])
        axes.plot([100 * low, 100 * high], [place, place], color=look["color"], linewidth=1.5)
        axes.plot([100 * one["error_rate"]], [place], linestyle="none", **look)
    axes.set_yticks(range(len(models)), [name for name, _ in models])
    axes.set(xscale="log", xlabel=f"error in % of {found['n']:,} (log)")
    _plain_ticks(axes.xaxis)
    _kind_legend(axes, {one["kind"] for _, one in models})
    return figure


def draw_confusion(name: str, one: Mapping[str, Any]) -> Any:
    """Draw a confusion matrix: rows in percent by shade, errors counted in the cells."""
    counts = np.array(one["confusion"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = start(size=TALL)
    shade = np.where(np.eye(CLASSES, dtype=bool), 0, shares)
    top = max(float(shade.max()), 1e-9)
    axes.imshow(shade, cmap="Blues", vmin=0, vmax=top)
    for row in range(CLASSES):
        for column in range(CLASSES):
            dark = shade[row, column] > 0.6 * top
            style = {"color": "white" if dark else "black" if counts[row, column] else "#999999"}
            weight = "bold" if row == column else "normal"
            text = str(counts[row, column]) if counts[row, column] else "·"
            axes.text(column, row, text, ha="center", va="center", fontsize=9, weight=weight, **style)
    axes.grid(visible=False)
    axes.set_xticks(range(CLASSES))
    axes.set_yticks(range(CLASSES))
    axes.set(xlabel="read as", ylabel="true label")
    axes.set_title(f"{name}: darkest = {top:.1%} of a row's digits")
    return figure


def draw_digits(found: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Draw the share of each digit that is missed, for some models."""
    figure, axes = start()
    asides = np.linspace(-ASIDE, ASIDE, len(names))
    for look, name, aside in zip(looks(), names, asides, strict=False):
        missed = [
            100 * (1 - recall) if recall is not None else np.nan for recall in found["models"][name]["recall"]
        ]
        axes.plot(np.arange(CLASSES) + aside, missed, label=name, **(look | {"linestyle": "none"}))
    axes.set_xticks(range(CLASSES))
    axes.set(xlabel="digit", ylabel="missed, in % (100 - recall)", ylim=(0, None))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def draw_votes(found: Mapping[str, Any]) -> Any:
    """Draw the error by k, for each feature, uniform and distance weights; one line where both coincide."""
    figure, axes = start(size=(5.4, 4.8))
    for look, (name, errors) in zip(looks(), found["errors"].items(), strict=False):
        kinds = {"uniform": look, "distance": look | {"linestyle": ":", "fillstyle": "none"}}
        if _coincide(errors["uniform"], errors["distance"], found["n"]):
            kinds = {"uniform": look}
        for first, (weights, own) in enumerate(kinds.items()):
            share = [100 * count / found["n"] for count in errors[weights]]
            label = f"{name}, {weights if len(kinds) > 1 else 'both'}"
            axes.plot(found["k"], share, markevery=(2 * first, 4), label=label, **own)
    axes.set(
        yscale="log", xlabel="k, neighbors that vote", ylabel=f"error in % of {found['n']:,} held out (log)"
    )
    _plain_ticks(axes.yaxis)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _coincide(errors: Sequence[int], others: Sequence[int], n: int) -> bool:
    """Tell whether all shares of errors lie in the others' 95 % intervals: two lines would look as one."""
    bounds = [wilson_interval(count, n) for count in errors]
    return all(low <= other / n <= high for (low, high), other in zip(bounds, others, strict=True))


def draw_grids(found: Mapping[str, Any]) -> Any:
    """Draw the error by the number of blocks, for both kinds of ink."""
    figure, axes = start()
    for look, ink in zip(looks(), ("count", "grey"), strict=False):
        rows = [row for row in found["grids"] if row["ink"] == ink]
        share = [100 * row["errors"] / found["n"] for row in rows]
        axes.plot([row["blocks"] for row in rows], share, label=f"{ink} of ink", **look)
    axes.set(xscale="log", yscale="log", xlabel="blocks = numbers a digit (log)")
    axes.set_ylabel(f"error in % of {found['n']:,} held out (log), k = {found['k']}")
    _plain_ticks(axes.xaxis)
    _plain_ticks(axes.yaxis)
    axes.legend()
    _name_grids(figure, axes, found)
    return figure


def _name_grids(figure: Any, axes: Any, found: Mapping[str, Any]) -> None:
    """Write the name of each grid beside its upper point."""
    rows = sorted(found["grids"], key=lambda row: int(row["errors"]))
    names = {row["grid"]: (row["blocks"], 100 * row["errors"] / found["n"]) for row in rows}
    label_points(figure, axes, names, [(row["blocks"], 100 * row["errors"] / found["n"]) for row in rows])


def draw_learning(found: Mapping[str, Any]) -> Any:
    """Draw the error by the number of reference digits, with its 95 % interval."""
    figure, axes = start(size=(5.4, 4.8))
    for look, (name, errors) in zip(looks(), found["errors"].items(), strict=False):
        counted = [(n, count) for n, count in zip(found["sizes"], errors, strict=True) if count is not None]
        sizes, counts = zip(*counted, strict=True)
        bounds = np.array([wilson_interval(count, found["n"]) for count in counts])
        axes.fill_between(sizes, 100 * bounds[:, 0], 100 * bounds[:, 1], color=look["color"], alpha=0.15)
        axes.plot(sizes, [100 * count / found["n"] for count in counts], label=name, **look)
    axes.set(xscale="log", yscale="log", xlabel="reference digits (log)")
    axes.set_ylabel(f"error in % of {found['n']:,} (log), 95 % band")
    _plain_ticks(axes.xaxis, DECADE_STEPS)
    _plain_ticks(axes.yaxis)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def draw_frontier(points: Sequence[Mapping[str, Any]], n: int) -> Any:
    """Draw error against time a digit; the frontier joins those that no other beats in both."""
    figure, axes = start(size=(5.4, 5.4))
    for point in points:
        axes.plot(
            [point["milliseconds"]],
            [100 * point["error_rate"]],
            linestyle="none",
            **_kind_look(point["kind"]),
        )
    best = [point for point in points if point["frontier"]]
    steps = {"color": "#444444", "linewidth": 1, "linestyle": "--", "drawstyle": "steps-post", "zorder": 0}
    axes.plot(
        [p["milliseconds"] for p in best], [100 * p["error_rate"] for p in best], label="frontier", **steps
    )
    axes.set(xscale="log", yscale="log", xlabel="milliseconds a digit, in a batch (log)")
    axes.set_ylabel(f"error in % of {n:,} (log)")
    axes.margins(0.15, 0.08)
    _plain_ticks(axes.xaxis, DECADE_STEPS)
    _plain_ticks(axes.yaxis)
    _kind_legend(axes, {point["kind"] for point in points})
    names = {point["name"]: (point["milliseconds"], 100 * point["error_rate"]) for point in points}
    label_points(figure, axes, names)
    return figure


def draw_scaling(found: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Draw milliseconds a digit by the number of reference digits, and the gain by threads."""
    figure, axes = start(size=(5.4, 4.8))
    sizes = [int(size) for size in found["by_size"]]
    for look, name in zip(looks(), names, strict=False):
        times = [1e3 * statistics.median(one[name]) for one in found["by_size"].values()]
        axes.plot(sizes, times, label=name, **look)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="reference digits (log)",
        ylabel="milliseconds a digit, in a batch (log)",
    )
    _plain_ticks(axes.xaxis, DECADE_STEPS)
    _plain_ticks(axes.yaxis)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def draw_growth(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Draw the CPU seconds to fit, to load and to answer, by the number of digits."""
    figure, axes = start(size=SMALL)
    sizes = [row["digits"] for row in rows]
    costs = {
        "fit": [row["fit_cpu"] for row in rows],
        "10,000 answers in a batch": [10 * row["batch_ms"] for row in rows],
        "load": [row["load_cpu"] for row in rows],
    }
    for look, (name, seconds) in zip(looks(), costs.items(), strict=False):
        axes.plot(sizes, seconds, label=name, **look)
    axes.set(xscale="log", yscale="log", xlabel="digits (log)", ylabel="CPU seconds (log)")
    _plain_ticks(axes.xaxis, DECADE_STEPS)
    _plain_ticks(axes.yaxis)
    axes.legend()
    return figure


def draw_reliability(found: Mapping[str, Any]) -> Any:
    """Draw the share of right answers by their probability, with 95 % intervals, above how many they are."""
    figure, (axes, counts) = start(
        size=(5.4, 6.6), nrows=2, sharex=True, gridspec_kw={"height_ratios": [3, 1]}
    )
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, label="as promised")
    for look, (name, one) in zip(looks(), found["models"].items(), strict=False):
        _draw_bins(axes, one["bins"], look, f"{name} (ECE {one['calibration_error']:.2%})")
        counts.plot([b["confidence"] for b in one["bins"]], [b["n"] for b in one["bins"]], **look)
    axes.set(ylabel=f"right answers, in bins of {FEWEST} and more", xlim=(0.2, 1.01), ylim=(0, 1.02))
    counts.set(xlabel="probability of the answer", ylabel="answers (log)", yscale="log")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_bins(axes: Any, bins: Sequence[Mapping[str, Any]], look: Mapping[str, Any], label: str) -> None:
    """Draw the share of right answers in each bin, and its 95 % interval."""
    shown = [each for each in bins if each["n"] >= FEWEST]
    shares = np.array([each["accuracy"] for each in shown])
    bounds = np.array([wilson_interval(round(each["accuracy"] * each["n"]), each["n"]) for each in shown])
    reach = np.maximum(0, [shares - bounds[:, 0], bounds[:, 1] - shares]) if shown else None
    axes.errorbar(
        [each["confidence"] for each in shown], shares, yerr=reach, label=label, elinewidth=0.8, **look
    )


def draw_rejection(found: Mapping[str, Any]) -> Any:
    """Draw the error left when the least sure answers are rejected."""
    figure, axes = start(size=TALL)
    for look, (name, one) in zip(looks(), found["models"].items(), strict=False):
        left = [100 * error if error else np.nan for error in one["error_rate"]]  # a log axis has no 0
        axes.plot([100 * share for share in one["rejected"]], left, label=name, **(look | {"marker": None}))
    axes.set(xlabel="least sure answers rejected, in %", xlim=(0, 20), yscale="log")
    axes.set_ylabel("error in % of the answers left (log)")
    _plain_ticks(axes.yaxis)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _truth(one: Mapping[str, Any]) -> str:
    doubt = ", label doubted" if one["doubted_label"] else ""
    bent = ", refined" if one["refined"] else ""
    return f"test digit {one['index']}: true {one['label']}{doubt}{bent}"


def _said(answers: Mapping[str, Any]) -> str:
    return " ".join(f"{label} {share:.0%}" for label, share in answers["likeliest"] if share >= SAID)


def _kind_look(kind: str) -> dict[str, Any]:
    place = list(KIND_MARKERS).index(kind)
    return {"color": COLORS[place], "marker": KIND_MARKERS[kind]}


def _kind_legend(axes: Any, kinds: set[str]) -> None:
    for kind in KIND_MARKERS:
        if kind in kinds:
            axes.plot([], [], linestyle="none", label=kind, **_kind_look(kind))
    axes.legend()


def _plain_ticks(axis: Any, steps: tuple[int, ...] = (1, 2, 5)) -> None:
    """Write numbers at these steps of each decade of a logarithmic axis, as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(base=10, subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())
