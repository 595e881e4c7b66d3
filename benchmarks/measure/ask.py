"""A question of the report, asked alone: arguments -> its raw results, as the report writes them."""

import argparse
import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from benchmarks.data.truth import SAMPLES
from benchmarks.models.study import FULL, QUICK, Study, open_study
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser
from knn_digits.threads import limit_threads

Measure: TypeAlias = Callable[[Study], dict[str, Any]]


def ask(question: str, measure: Measure, arguments: Sequence[str], *, about: str | None) -> None:
    """Measure as the options say, write the raw results and print where they are."""
    parser = Parser(description=about)
    add_study_options(parser)
    options = parser.parse_args(arguments)
    study = study_of(parser, options)
    print(write_record(options.output, answer_question(question, measure, study)))


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """Add what every question of the report is asked with; `study_of` takes the values."""
    add = parser.add_argument
    add("--data", help="sample, mnist, or a file or folder of digits")
    add("--quick", action="store_true", help="few digits and turns")
    add("--photos", type=pathlib.Path, metavar="DIR", default=SAMPLES, help="photos with a truth.json")
    add("--threads", type=int, help="threads to use (default: all cores)")
    add_output_option(parser)


def study_of(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Study:
    """Return the digits and models that the options name; an option that cannot be ends the program."""
    if options.data is None:
        parser.error("name the digits with --data: sample, mnist, or a path")
    if options.threads is not None and options.threads < 1:
        parser.error("--threads must be at least 1")
    limit_threads(options.threads)
    scale = QUICK if options.quick else FULL
    return open_study(options.data, scale=scale, photos=options.photos, threads=options.threads)


def answer_question(
    question: str, measure: Measure, study: Study, *, options: str = "", command: str | None = None
) -> dict[str, Any]:
    """Return the record of a question: its result, and the digits and the scale that it is of."""
    start = time.perf_counter()
    result = measure(study)
    seconds = time.perf_counter() - start
    raw = record(question, result, options=f"{spell_study(study)} {options}", command=command)
    return raw | {"key": study.key(), "about_test": study.about_test, "seconds": round(seconds, 1)}


def spell_study(study: Study) -> str:
    """Return the options that ask the same again, without a folder of this machine."""
    data = study.training.name if study.training.name in ("sample", "mnist") else "PATH"
    return f"--data {data}" + " --quick" * (study.scale.name == "quick")
