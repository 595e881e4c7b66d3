"""Raw results on trust -> the section on it: calibration, corruption, other people's digits, photos."""

import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks.models.lineup import REJECTED
from benchmarks.report import plots
from benchmarks.report.document import Block, Figure, Heading, Table, Text
from benchmarks.report.photo_scores import blame_rows, score_rows
from benchmarks.report.tables import mean_errors, percent_row, seen_words

PHOTO_ROWS = ("all", "core", "set", "without", "median")  # of the table of photos, and what stands below each

Raw = Mapping[str, Mapping[str, Any]]  # by part


def trust_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return reliability, calibration error and error-reject curves."""
    plots.save(folder / "reliability.png", plots.draw_reliability(found))
    plots.save(folder / "rejection.png", plots.draw_rejection(found))
    rows = [
        [
            f"`{name}`",
            f"{one['calibration_error']:.2%}",
            f"{one['log_loss']:.4f}",
            *(_left(one, share) for share in REJECTED),
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
            caption="Reliability: on the grey line a probability is what it promises. Bins of 10 and more "
            "answers with 95 % intervals; below, how many answers each bin has.",
        ),
        Figure(
            file="rejection.png",
            alt="Error of the answers left by the share of the least sure ones rejected",
            caption="Error-reject curves; each ends where all that are left are as sure, or right.",
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
    names, harmed = found["names"], found["corruptions"]
    header = [f"`{name}`" for name in names]
    rows = [percent_row(one["digits"], one, names) for one in harmed]
    rows.append(percent_row(f"mean of the {len(harmed) - 1}", mean_errors(found), names))
    source = f"From `{found['from']}`." if found["from"] else f"By `{raw['corruptions']['run']['command']}`."
    caption = f"Error in %, {found['n']:,} corrupted digits as in MNIST-C; no model saw any. {source}"
    corrupted = Table(header=["corruption", *header], rows=rows, caption=caption)
    blocks: list[Block] = [Heading("Corrupted and foreign digits"), corrupted]
    if found["transfer"]:
        foreign = [
            percent_row(f"{one['digits']}, n {one[names[0]]['n']:,}", one, names) for one in found["transfer"]
        ]
        caption = (
            "Error in % on digits of other collections, brought to MNIST's geometry. Those of OpenCV's sheet "
            "lie so near to MNIST's training digits that some may be among them."
        )
        blocks.append(Table(header=["digits", *header], rows=foreign, caption=caption))
    return blocks + [Text(seen_words(one, "reference")) for one in found["transfer"] if one["seen"]]


def photos_blocks(found: Mapping[str, Any], raw: Raw, folder: pathlib.Path) -> list[Block]:
    """Return how photos are read."""
    header, *rows = score_rows(found)
    misread = "; ".join(f"{one['file']}" for one in found["misread"]) or "none"
    blame = blame_rows(found)
    caption = "Digits lost by each stage of reading, and those read where none is written."
    lost = [Table(header=blame[0], rows=blame[1:], caption=caption)] if blame else []
    return [
        Heading("Photos"),
        Table(
            header=[*header[:2], *(cell.removeprefix("knn-digits ") for cell in header[2:])],
            rows=[
                [row[0].removeprefix("- "), *(" ".join(cell.split()) for cell in row[1:])]
                for row in rows
                if row[0].startswith(("- ", *PHOTO_ROWS))
            ],
            caption=f"{found['count']} photos of `{found['folder']}`: digits read right, photos exactly.",
        ),
        *lost,
        Text(f"Read with a mistake by at least one of them: {misread}."),
    ]
