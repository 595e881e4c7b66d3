"""The benchmark report: report.py --data PATH|sample|mnist [--quick] [--only PART]... [--output DIR].

Measures part after part: how right each model is, where it fails, how far it can be trusted, what it costs.
The raw results of a part are a JSON file, written as soon as the part is done; run again, it goes on with
the parts that are missing. Then report.html, which needs no other file, report.md and the pictures are
drawn from them; `--from DIR` draws alone. `--readme` writes the README's tables from them.
"""

import argparse
import importlib.util
import pathlib
from collections.abc import Callable, Sequence
from typing import NoReturn

from benchmarks.data.truth import SAMPLES
from benchmarks.models.study import FULL, QUICK, open_study
from benchmarks.records import write_text
from benchmarks.report.chapters import make_document
from benchmarks.report.document import to_html, to_markdown
from benchmarks.report.parts import PARTS, measure_parts, pick, read_parts
from benchmarks.report.readme import README, write_tables
from benchmarks.script import Parser, run
from knn_digits.errors import MissingPartError
from knn_digits.threads import limit_threads

OUTPUT = pathlib.Path(__file__).parents[2] / "build" / "report"
NEEDED = {"matplotlib": "pictures", "jinja2": "pages"}  # of the extra `dev`


def main(arguments: Sequence[str]) -> None:
    """Measure what is missing, then draw the report, or the README's tables."""
    options = parse(arguments)
    folder = options.read or options.raw or options.output
    if options.readme:
        write_tables(README, folder)
        return
    need_packages()
    if options.read is None:
        limit_threads(options.threads)
        scale = QUICK if options.quick else FULL
        study = open_study(options.data, scale=scale, photos=options.photos, threads=options.threads)
        measure_parts(list(pick(options.only or [])), study, folder, again=options.again)
    draw(folder, options.output)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(
        description="Measure everything side by side, and draw one report of it.",
        epilog="Example: python benchmarks/report.py --data sample --quick --only accuracy,cost",
    )
    add = parser.add_argument
    words = [*(part.name for part in PARTS), *dict.fromkeys(part.group for part in PARTS)]
    add("--data", help="sample, mnist, or a file or folder of digits")
    add("--quick", action="store_true", help="few digits and turns: 3 minutes on the sample")
    add("--only", type=_words(words), metavar="PART,...", help=f"parts or groups: {', '.join(words)}")
    add("--again", action="store_true", help="measure these parts also where they are done")
    add("--output", type=pathlib.Path, metavar="DIR", default=OUTPUT, help="default: build/report")
    add("--raw", type=pathlib.Path, metavar="DIR", help="where raw results go (default: the output folder)")
    add("--from", dest="read", type=pathlib.Path, metavar="DIR", help="measure nothing, draw what is there")
    add("--photos", type=pathlib.Path, metavar="DIR", default=SAMPLES, help="photos with a truth.json")
    add("--threads", type=int, help="threads to use (default: all cores)")
    add("--readme", action="store_true", help="write the README's tables from the results of --from")
    options = parser.parse_args(arguments)
    check(parser, options)
    return options


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End the program where options do not go together."""
    if options.readme and options.read is None:
        parser.error("--readme needs the folder with the results: name it with --from")
    if options.data is None and options.read is None:
        parser.error("name the digits with --data: sample, mnist, or a path")
    if options.threads is not None and options.threads < 1:
        parser.error("--threads must be at least 1")


def draw(folder: pathlib.Path, output: pathlib.Path) -> None:
    """Write page, Markdown and pictures of the results that are there."""
    document = make_document(read_parts(folder), [part.name for part in PARTS], output)
    write_text(output / "report.md", to_markdown(document))
    write_text(output / "report.html", to_html(document, output))
    print(output / "report.html")


def need_packages() -> None:
    """Raise MissingPartError where a package that draws is missing."""
    for name, what in NEEDED.items():
        if importlib.util.find_spec(name) is None:
            raise MissingPartError(f"the report draws {what} with {name}: `pip install {name}`")


def _words(allowed: Sequence[str]) -> Callable[[str], list[str]]:
    def split(text: str) -> list[str]:
        words = text.split(",")
        for word in words:
            if word not in allowed:
                raise argparse.ArgumentTypeError(
                    f"there is no part {word!r}: allowed are {', '.join(allowed)}"
                )
        return words

    return split


def start() -> NoReturn:
    """Run the report and exit with its code."""
    run(main)


if __name__ == "__main__":
    start()
