"""What was measured of many digits and many photos -> their tables: costs by size, and by way of reading."""

import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks.report import plots
from benchmarks.report.document import Block, Figure, Heading, Table, Text
from benchmarks.report.markdown import markdown_table

MEGA = 1e6  # bytes in the MB that tables tell
HEADER = ["digits", "fit", "its peak", "file", "load", "peak of asking", "batch, a digit", "one", "wrong"]
Raw = Mapping[str, Mapping[str, Any]]  # by part


def growth_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return picture and table of what models of more and more digits cost."""
    plots.save(folder / "growth.png", plots.draw_growth(found["rows"]))
    run = raw["growth"]["run"]
    words = f"By `{run['command']}`, on {run['cpu']}, {run['cores']} cores, one thread. "
    return [
        Heading("Many digits"),
        Text(words + (_powers(found["growth"]) if found["growth"] else "")),
        Figure(
            file="growth.png",
            alt="CPU seconds to fit, to load and for 10,000 answers, by the number of digits",
            caption="What a model costs, against the digits it knows.",
        ),
        Table(
            header=HEADER,
            rows=[_growth_row(row) for row in found["rows"]],
            caption=f"MNIST's training digits and deformed ones. Stopped {found['stopped']}.",
        ),
    ]


def growth_table(result: Mapping[str, Any]) -> str:
    """Return what each size of model costs, how that grows, and why no larger one was measured."""
    parts = [markdown_table(HEADER, [_growth_row(row) for row in result["rows"]])]
    if result["growth"]:
        parts.append(_powers(result["growth"]))
    return "\n\n".join([*parts, f"Stopped {result['stopped']}."])


def _growth_row(row: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['digits']:,}",
        f"{row['fit_cpu']:.0f} CPU s",
        f"{row['fit_peak'] / MEGA:,.0f} MB",
        f"{row['file'] / MEGA:,.0f} MB",
        f"{row['load_cpu']:.2f} CPU s",
        f"{row['ask_peak'] / MEGA:,.0f} MB",
        f"{row['batch_ms']:.2f} ms",
        f"{row['single_ms']:.1f} ms",
        f"{row['wrong']} of {row['asked']:,}",
    ]


def _powers(growth: Mapping[str, float]) -> str:
    return (
        f"Each further digit takes {growth['fit_peak_bytes']:,.0f} bytes of memory to fit, "
        f"{growth['ask_peak_bytes']:,.0f} to ask and {growth['file_bytes']:,.0f} of the file. "
        f"With n digits the time to fit grows as n to the power of {growth['fit_cpu_power']:.2f}, "
        f"to load {growth['load_cpu_power']:.2f}, of a digit in a batch {growth['batch_ms_power']:.2f}, "
        f"alone {growth['single_ms_power']:.2f}."
    )


def many_table(result: Mapping[str, Any]) -> str:
    """Return how fast photos are read by each way, its CPU beside one process, and the memory of a worker."""
    alone = result["rows"][0]["cpu_a_photo"]
    rows = [
        [
            row["name"],
            f"{row['photos_a_second']:.2f}",
            f"{row['cpu_a_photo']:.2f} s",
            f"{row['cpu_a_photo'] / alone - 1:+.1%}" if number else "-",
            *(f"{row[name] / MEGA:,.0f} MB" if row.get(name) else "-" for name in ("pss_usual", "pss")),
        ]
        for number, row in enumerate(result["rows"])
    ]
    header = [
        f"{result['photos']} photos",
        "a second",
        "CPU a photo",
        "beside one process",
        "a worker, usually",
        "at most",
    ]
    return markdown_table(header, rows)
