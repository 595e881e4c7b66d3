"""Pages without a digit, blank, of noise, wood or words -> on how many of them nothing is read."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.counts import rate
from benchmarks.data.pages import draw_page, training_pool
from benchmarks.data.pages.page import Page
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.reading import Reader

SEED = 10_000  # of the first page; a judge is learned from pages of lower seeds
PAGES = {"surface": 40, "empty": 20}  # kind of page -> how many


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    models = load_models(options.model)
    pages = list(draw_pages())
    measured = []
    for name, model in models.items():
        reader = Reader(model)
        read = [reader.read(page.pixels).text for page in progress(pages, name)]
        kinds = Counter(page.kind for page, text in zip(pages, read, strict=True) if text)
        found = rate(sum(kinds.values()), len(pages))
        measured.append({"model": name, "pages": found, "kinds": kinds, "read": read})
    result = {"models": {name: describe_model(model) for name, model in models.items()}, "measured": measured}
    print(write_record(options.output, record("empty", result, options=spell_models(options.model))))


def draw_pages() -> Iterator[Page]:
    """Yield the pages, the same at every call where the same fonts are at hand."""
    pool = training_pool()
    for kind, count in PAGES.items():
        for seed in range(SEED, SEED + count):
            yield draw_page(seed, digits=pool, kind=kind)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_model_option(parser)
    add_output_option(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    run(main)
