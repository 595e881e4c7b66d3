"""Drawn forms, filled in by hands that no model knows -> fields right, wrong unseen, to look at; the time.

Digits are of MNIST's test part and the second half of each collection of other hands; forms and writers are
others than those that `benchmarks.learn_forms` learned from.
"""

import argparse
import collections
import pathlib
import string
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.counts import rate
from benchmarks.data.forms.fill import Filled, fill_form
from benchmarks.data.forms.form import LAYOUTS, print_form
from benchmarks.data.forms.page import show
from benchmarks.data.forms.pools import test_pool
from benchmarks.data.forms.readers import reader_of
from benchmarks.data.pages.page import draw_page
from benchmarks.data.pages.pool import Pool, training_pool
from benchmarks.models.form_peers import form_peers
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.datasets import load_dataset
from knn_digits.forms.checks import given_pass, is_digits, luhn
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import BLANK, CROSSED_OUT, OK, READ, FieldReading, PageReading

SEED = 9000  # forms and pages from here on
FORMS = 9
OTHERS = 100  # pages of other forms, of other kinds, and empty ones


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="`mnist` or a folder with its IDX files")
    add("--hands", type=pathlib.Path, required=True, help="the folder of other hands")
    add("--pages", type=int, default=300)
    add("--peers", type=int, default=20, help="pages that other readers read, too")
    add("--max-errors", type=float, default=0.002)
    add_output_option(parser)
    options = parser.parse_args(arguments)
    test, train = (load_dataset(options.data, split=split) for split in ("test", "train"))
    pool = test_pool(training_pool(mnist=options.data, hands=options.hands), test.digits, test.labels)
    result = measure(pool, form_peers(train.digits, train.labels), options)
    words = (
        f"--data FOLDER --hands DIR --pages {options.pages} --peers {options.peers} "
        f"--max-errors {options.max_errors}"
    )
    print(write_record(options.output, record("forms", result, options=words)))


def measure(
    pool: Pool, others: Mapping[str, Callable[..., None]], options: argparse.Namespace
) -> dict[str, Any]:
    """Return what comes of all pages."""
    forms = [print_form(SEED + i, LAYOUTS[i % len(LAYOUTS)]) for i in range(FORMS)]
    readers = [reader_of(form, max_errors=options.max_errors) for form in forms]
    counts, seconds = collections.Counter[str](), list[float]()
    peers = {name: collections.Counter[str]() for name in others}
    for i in progress(range(options.pages), "pages"):
        random = np.random.default_rng(SEED + i)
        filled = fill_form(forms[i % FORMS], pool, random)
        seen = show(filled, random)
        begun = time.process_time()
        page = readers[i % FORMS].read(seen.pixels)
        seconds.append(time.process_time() - begun)
        _count(counts, page, filled, seen.capture)
        _count_checked(counts, page, filled, readers[i % FORMS].limit)
        if i < options.peers:
            for name, peer in others.items():
                peer(peers[name], readers[i % FORMS], seen.pixels, filled)
    found = _foreign(readers, pool)
    return {
        "seed": SEED, "pages": options.pages, "forms": FORMS, "max_errors": options.max_errors,
        "expected": readers[0].expected, "cpu_seconds_a_page": float(np.mean(seconds)),
        "cpu_seconds_a_page_median": float(np.median(seconds)), "counts": dict(counts),
        "fields_wrong": rate(counts["fields"] - counts["right"], counts["fields"]),
        "wrong_unseen": rate(counts["wrong_unseen"], counts["fields"]),
        "to_look_at": rate(counts["flagged"], counts["fields"]),
        "checked_wrong_unseen": rate(counts["checked_wrong_unseen"], max(1, counts["checked"])),
        "checked_to_look_at": rate(counts["checked_flagged"], max(1, counts["checked"])),
        "blanks_wrong": _missed(counts["blanks"], counts["blanks_right"]),
        "crossed_missed": _missed(counts["crossed"], counts["crossed_told"]),
        "called_crossed": _missed(counts["told_crossed"], counts["crossed_told"]),
        "marked_refused": _missed(counts["marked"], counts["marked_read"]),
        "others_read": rate(sum(fit is not None for fit in found), len(found)), "peer_pages": options.peers,
        "peers": {name: dict(found) for name, found in peers.items()},
    }  # fmt: skip


def _missed(n: int, found: int) -> dict[str, Any]:
    return rate(n - found, max(1, n))


def _count(counts: collections.Counter[str], page: PageReading, filled: Filled, capture: str) -> None:
    counts["pages"] += 1
    counts["pages_read"] += page.status == READ
    marked = bool(filled.form.template.pages[0].marks)
    counts["marked"] += marked
    counts["marked_read"] += marked and page.status == READ
    read = {one.field.name: one for one in page.fields}
    kinds = filled.form.layout, capture, filled.source
    for name, truth in filled.truth.items():
        _count_field(counts, read.get(name), truth, kinds)


def _count_field(
    counts: collections.Counter[str], one: FieldReading | None, truth: str, kinds: Sequence[str]
) -> None:
    text = one.text if one else "!"
    right = text.replace(" ", "") == truth
    seen = one is not None and one.status in (OK, BLANK)
    counts["fields"] += 1
    counts["right"] += right
    counts["wrong_unseen"] += seen and not right
    counts["flagged"] += not seen
    for kind in kinds:
        counts[f"{kind}: fields"] += 1
        counts[f"{kind}: right"] += right
    counts["blanks"] += truth == ""
    counts["blanks_right"] += truth == "" and right
    _count_crossed(counts, CROSSED_OUT in truth, CROSSED_OUT in text, passed=seen)
    counts["digits"] += len(truth)
    if len(text) == len(truth):
        counts["digits_right"] += sum(a == b for a, b in zip(text, truth, strict=True))


def _count_checked(counts: collections.Counter[str], page: PageReading, filled: Filled, limit: float) -> None:
    """Count fields as if each had a check digit by Luhn's rule behind it, and that were read right."""
    read = {one.field.name: one for one in page.fields}
    for name, truth in filled.truth.items():
        if is_digits(truth):
            one = read.get(name)
            passed = one is not None and _check_digit(one.text) == _check_digit(truth)
            sure = given_pass("luhn", one.probability) if one and passed else 0.0
            counts["checked"] += 1
            counts["checked_flagged"] += sure < limit
            counts["checked_wrong_unseen"] += sure >= limit and one is not None and one.text != truth


def _check_digit(text: str) -> str:
    """Return the digit that Luhn's rule has behind a text, "" if there are not digits alone."""
    return next((last for last in string.digits if luhn(text + last)), "") if is_digits(text) else ""


def _count_crossed(counts: collections.Counter[str], crossed: bool, told: bool, *, passed: bool) -> None:
    """Count a field by whether a digit in it is crossed out, and is told so."""
    counts["crossed"] += crossed
    counts["crossed_told"] += crossed and told
    counts["crossed_passed"] += crossed and passed
    counts["told_crossed"] += told


def _foreign(readers: Sequence[FormReader], pool: Pool) -> list[float | None]:
    """Return how well pages of no such form fit where they were read, None where they were refused."""
    found = []
    for i in range(OTHERS):
        random = np.random.default_rng(SEED + 100_000 + i)
        if i % 2:
            pixels = draw_page(SEED + i, digits=pool).pixels
        else:
            other = print_form(SEED + 1000 + i, LAYOUTS[i % len(LAYOUTS)])
            pixels = show(fill_form(other, pool, random), random).pixels
        page = readers[i % len(readers)].read(pixels)
        found.append(page.fit if page.status == READ else None)
    return found


if __name__ == "__main__":
    run(main)
