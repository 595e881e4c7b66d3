"""Raw results of the report's parts -> its sections, whose pictures are drawn into a folder."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.measure.accuracy import MNIST_TEST
from benchmarks.report.chapter_accuracy import (
    accuracy_blocks,
    failures_blocks,
    grids_blocks,
    learning_blocks,
    votes_blocks,
)
from benchmarks.report.chapter_cost import cost_blocks, frontier_blocks, scaling_blocks, search_blocks
from benchmarks.report.chapter_trust import corruptions_blocks, photos_blocks, trust_blocks
from benchmarks.report.document import Block, Document, Section, Table, Text
from benchmarks.report.parts import Part

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
