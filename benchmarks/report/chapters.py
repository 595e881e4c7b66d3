"""Raw results of the report's parts -> its sections, whose pictures are drawn into a folder."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.data.mnist import MNIST_TEST
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
from benchmarks.report.growth import growth_blocks
from benchmarks.report.references import references_blocks
from benchmarks.report.tokens import tokens_blocks
from benchmarks.report.transfer import transfer_blocks

Raw = Mapping[str, Mapping[str, Any]]  # by part
Chapter = Callable[[Mapping[str, Any], Raw, pathlib.Path], Sequence[Block]]


def make_document(raw: Raw, names: Sequence[str], folder: pathlib.Path) -> Document:
    """Return the report, its pictures drawn into the folder."""
    first = next(iter(raw.values()))
    key = first["key"]
    digits = f"{key['training']:,} reference digits of {key['data']}; errors are of {first['about_test']}."
    sections = [Section(title="What this is", blocks=_about(raw, names))]
    for title, chapters in SECTIONS:
        blocks: list[Block] = []
        for name, chapter in chapters:
            if name in raw:
                blocks += chapter(raw[name]["result"], raw, folder)
        if blocks:
            sections.append(Section(title=title, blocks=blocks))
    sections.append(Section(title="How it was measured", blocks=_runs(raw)))
    return Document(title="Benchmark report of knn-digits", facts=digits, sections=sections)


def _about(raw: Raw, names: Sequence[str]) -> list[Block]:
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
    missing = [f"`{name}`" for name in names if name not in raw]
    if missing:
        blocks.append(Text(f"Not measured yet: {', '.join(missing)}."))
    return blocks


def _runs(raw: Raw) -> list[Block]:
    first = next(iter(raw.values()))
    key, runs = first["key"], [one["run"] for one in raw.values()]
    machines = {(run["cpu"], run["cores"], run["machine"]) for run in runs if run["cpu"]}
    words = "; ".join(f"{cpu}, {cores} cores, {system}" for cpu, cores, system in sorted(machines))
    versions = ", ".join(f"{name} {version}" for name, version in first["run"]["versions"].items())
    data = key["data"] if key["data"] in ("sample", "mnist") else "PATH"
    again = f"python benchmarks/report.py --data {data}" + " --quick" * (key["scale"] == "quick")
    return [
        Text(f"On {words}; {versions}. Seed {key['seed']}. Again: `{again}`."),
        Text(
            f"SHA-256: `{key['training_sha256']}` of reference digits, `{key['test_sha256']}` of the others."
        ),
        Table(
            header=["part", "date (UTC)", "took", "commit", "threads"],
            rows=[_run_row(name, one) for name, one in raw.items()],
            caption="Raw results: the JSON file of each part. A + behind the commit: files differed.",
        ),
    ]


def _run_row(name: str, one: Mapping[str, Any]) -> list[str]:
    """Return when and how a part was measured; "-" for what was not noted."""
    run, seconds = one["run"], one.get("seconds")
    return [
        f"`{name}`",
        run["date"][:16].replace("T", " "),
        "-" if seconds is None else f"{seconds:.0f} s",
        run["commit"] or "-",
        str(run["threads"]["opencv"]) if run["threads"] else "-",
    ]


SECTIONS: tuple[tuple[str, tuple[tuple[str, Chapter], ...]], ...] = (
    ("Accuracy", (("accuracy", accuracy_blocks),)),
    (
        "What moves the error",
        (
            ("votes", votes_blocks),
            ("grids", grids_blocks),
            ("learning", learning_blocks),
            ("references", references_blocks),
        ),
    ),
    ("Error against cost", (("speed", frontier_blocks),)),
    (
        "Cost",
        (
            ("speed", cost_blocks),
            ("search", search_blocks),
            ("scaling", scaling_blocks),
            ("growth", growth_blocks),
        ),
    ),
    ("Failures", (("failures", failures_blocks),)),
    (
        "Trust",
        (
            ("trust", trust_blocks),
            ("corruptions", corruptions_blocks),
            ("transfer", transfer_blocks),
            ("photos", photos_blocks),
            ("tokens", tokens_blocks),
        ),
    ),
)
