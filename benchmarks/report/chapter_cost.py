"""Raw results of the timing parts -> the sections on cost: tables of seconds and bytes, and the frontier."""

import pathlib
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.models.indices import FLAT
from benchmarks.models.lineup import BASE, OFFERED, SCALED, SCALED_MODELS, SVC_NAME
from benchmarks.report import plots
from benchmarks.report.document import Block, Figure, Heading, Table, Text
from benchmarks.script import BUSY

Raw = Mapping[str, Mapping[str, Any]]
MEGA = 1e6


def cost_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return what each model costs."""
    sizes = raw["sizes"]["result"] if "sizes" in raw else {"models": {}}
    header = ["model", "fit", "a second, batch", "to FAISS flat", "one: p50", "p95", "file", "peak memory"]
    rows = [_cost_row(name, found, sizes["models"].get(name, {})) for name in found["batch_seconds"]]
    if "svc" in raw:
        rows.append(_svc_row(raw["svc"]["result"], found))
    turns = len(found["batch_seconds"][FLAT])
    peaks = (
        f"; peak memory of a fresh process that classifies {sizes['digits']:,} digits"
        if sizes["models"]
        else ""
    )
    caption = (
        f"Digits a second in batches of {found['queries']:,}, features included; time as a ratio to an exact "
        f"FAISS search of the pixels in the same turn, median and range of {turns} turns; milliseconds for a "
        f"single digit{peaks}."
    )
    blocks: list[Block] = [*_warning(raw), Table(header=header, rows=rows, caption=caption)]
    if "svc" in raw:
        blocks.append(
            Text(f"`{SVC_NAME}`: seconds of one core, not measured in turn, so its ratio is rough.")
        )
    if "sizes" in raw:
        blocks += _installed(sizes["installed"])
    return blocks


def _warning(raw: Raw) -> list[Block]:
    """Return what is to be said of times that were taken while the machine did other things."""
    busy = [
        f"`{name}` ({one['result']['load']:.1f} processes on {one['run']['cores']} cores)"
        for name, one in raw.items()
        if one["result"].get("load", 0) > BUSY * one["run"]["cores"]
    ]
    if not busy:
        return []
    return [Text(f"**The machine was busy with other things**: trust no time below of {', '.join(busy)}.")]


def _cost_row(name: str, found: Mapping[str, Any], size: Mapping[str, Any]) -> list[str]:
    batch, single = found["batch_seconds"][name], found["single_seconds"][name]
    fit = found["fit_seconds"].get(name)
    return [
        f"`{name}`",
        _seconds(fit) if fit is not None else "-",
        f"{1 / statistics.median(batch):,.0f}",
        spread(batch, found["batch_seconds"][FLAT]) if name != FLAT else "1",
        *(f"{1e3 * value:.2f} ms" for value in np.percentile(single, [50, 95])),
        f"{size['bytes'] / MEGA:.2f} MB" if size.get("bytes") else "-",
        f"{size['peak_bytes'] / MEGA:,.0f} MB" if size.get("peak_bytes") else "-",
    ]


def _svc_row(svc: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    flat = statistics.median(found["batch_seconds"][FLAT])
    fit, each = svc["fit_cpu_seconds"], svc["cpu_seconds_a_digit"]
    size = f"{svc['bytes'] / MEGA:.0f} MB"
    return [f"`{SVC_NAME}`", _seconds(fit), f"{1 / each:,.0f}", f"{each / flat:.1f}", "-", "-", size, "-"]


def spread(seconds: Sequence[float], base: Sequence[float]) -> str:
    """Return the median of the turns' ratios, and their range."""
    ratios = [ours / theirs for ours, theirs in zip(seconds, base, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"


def _installed(sizes: Mapping[str, int]) -> list[Block]:
    needed = {name: size for name, size in sizes.items() if name not in OFFERED}
    total = sum(needed.values())
    largest = sorted(needed.items(), key=lambda pair: -pair[1])[:6]
    rows = [[f"`{BASE}` and all it needs", f"{total / MEGA:,.0f} MB"]]
    rows += [[f"of them `{name}`", f"{size / MEGA:,.1f} MB"] for name, size in largest if name != BASE]
    rows.append(
        [f"of them `{BASE}` itself, bundled models and sample included", f"{sizes[BASE] / MEGA:,.1f} MB"]
    )
    rows += [[f"not needed: `{name}`", f"{sizes[name] / MEGA:,.1f} MB"] for name in OFFERED if name in sizes]
    return [Heading("Installed size"), Table(header=["package", "on disk"], rows=rows, caption="")]


def search_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return what each index takes for the same search."""
    header = [
        "index",
        "made in",
        "queries a second, batch",
        "to FAISS flat",
        "one: p50",
        "p95",
        "of the nearest found",
    ]
    rows = [_search_row(name, found) for name in found["batch_seconds"]]
    turns = len(found["batch_seconds"][FLAT])
    caption = (
        f"The same search by each index: {found['k']} nearest of {found['training']:,} vectors of 784 pixels "
        f"in batches of {found['queries']:,}, {turns} turns. OpenCV's time is extrapolated from 250 queries."
    )
    skipped = "; ".join(f"{name}: {reason}" for name, reason in found["skipped"].items())
    blocks: list[Block] = [Heading("Indices"), Table(header=header, rows=rows, caption=caption)]
    return [*blocks, Text(f"Skipped: {skipped}.")] if skipped else blocks


def _search_row(name: str, found: Mapping[str, Any]) -> list[str]:
    batch, recall = found["batch_seconds"][name], found["recall"][name]
    return [
        f"`{name}`",
        _seconds(found["made_seconds"][name]),
        f"{1 / statistics.median(batch):,.0f}",
        spread(batch, found["batch_seconds"][FLAT]) if name != FLAT else "1",
        *(f"{1e3 * value:.2f} ms" for value in np.percentile(found["single_seconds"][name], [50, 95])),
        "-" if recall is None else f"{recall:.2%}",
    ]


def scaling_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return how time moves with the number of reference digits and of threads."""
    names = [*SCALED, *SCALED_MODELS]
    plots.save(folder / "scaling.png", plots.draw_scaling(found, names))
    threads = list(found["by_threads"])
    rows = [
        [
            f"`{name}`",
            *(f"{1e3 * statistics.median(found['by_threads'][count][name]):.3f} ms" for count in threads),
        ]
        for name in names
    ]
    return [
        Heading("More reference digits, more threads"),
        Figure(
            file="scaling.png",
            alt="Milliseconds a digit by the number of reference digits, in proportion for a full search",
            caption="Time a digit by the number of reference digits.",
        ),
        Table(
            header=["a digit in a batch", *(f"{count} thread{'s' * (count != '1')}" for count in threads)],
            rows=rows,
            caption="Medians, all reference digits.",
        ),
    ]


def frontier_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return error against time of every model."""
    if "accuracy" not in raw:
        return []
    accuracy = raw["accuracy"]["result"]
    points = frontier(accuracy["models"], found, raw.get("svc"))
    plots.save(folder / "frontier.png", plots.draw_frontier(points, accuracy["n"]))
    best = ", ".join(f"`{point['name']}`" for point in points if point["frontier"])
    return [
        Figure(
            file="frontier.png",
            alt="Error against milliseconds a digit for every model; on the frontier: "
            + best.replace("`", ""),
            caption=f"No other model is both faster and more accurate than these: {best}.",
        )
    ]


def frontier(
    models: Mapping[str, Any], found: Mapping[str, Any], svc: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return error and time of each model, fastest first, and whether none is better in both."""
    points = [
        {"name": name, "kind": one["kind"], "error_rate": one["error_rate"]}
        | {"milliseconds": 1e3 * statistics.median(found["batch_seconds"][name])}
        for name, one in models.items()
        if name in found["batch_seconds"]
    ]
    if svc is not None:
        own = svc["result"]
        points.append(
            {"name": SVC_NAME, "kind": own["kind"], "error_rate": own["error_rate"]}
            | {"milliseconds": 1e3 * own["cpu_seconds_a_digit"]}
        )
    points.sort(key=lambda point: (point["milliseconds"], point["error_rate"]))
    least = float("inf")
    for point in points:
        point["frontier"] = point["error_rate"] < least
        least = min(least, point["error_rate"])
    return points
