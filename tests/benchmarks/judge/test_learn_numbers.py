"""`benchmarks.learn_numbers`: which numbers take the place of those by which photos are searched."""

import json
from typing import Any

from benchmarks.data.numbers import READING, find_numbers, is_default
from benchmarks.learn_numbers import choose, spelled
from knn_digits.photo.numbers import FILE

PHOTOS = [f"{n}.png" for n in range(10)]


def _row(*gains: dict[str, float]) -> dict[str, Any]:
    tried = [
        {"value": 2 * place + 1, "by_photo": gain, "difference": 0.0} for place, gain in enumerate(gains)
    ]
    others = [one | {"standard_error": 0.0} for one in tried]
    return {"module": "photo.ink", "name": "ANY", "value": 2, "meaning": "pixels: any", "others": others}


def test_a_number_is_replaced_by_what_reads_most_photos_better() -> None:
    everywhere, in_some = dict.fromkeys(PHOTOS, 0.1), dict.fromkeys(PHOTOS[:6], 0.1)
    assert choose([_row(in_some, everywhere)], PHOTOS) == {("photo.ink", "ANY"): 3}


def test_a_number_stays_where_another_is_better_in_one_photo_alone_or_cannot_be() -> None:
    impossible = {"value": 5, "impossible": "no such window"}
    row = _row({"3.png": 0.9}, {})
    assert choose([row | {"others": [*row["others"], impossible]}], PHOTOS) == {}


def test_photos_that_are_left_out_have_no_say() -> None:
    row = _row(dict.fromkeys(PHOTOS[:5], 0.1))
    assert choose([row], PHOTOS[5:]) == {}


def test_the_file_is_a_number_a_line_and_can_be_read_again() -> None:
    text = spelled({"photos": 10}, [_row({}, {})], {("photo.ink", "ANY"): 3})
    entry = json.loads(text)["numbers"]["photo.ink"]["ANY"]
    assert (entry["value"], entry["meaning"], len(entry["tried"])) == (3, "pixels: any", 2)
    assert sum('"value"' in line for line in text.splitlines()) == 1


def test_the_file_holds_every_number_that_decides_what_is_read_and_no_other() -> None:
    numbers = [one for one in find_numbers() if one.kind == READING and not is_default(one)]
    deciding = {(one.module, one.name) for one in numbers}
    held = json.loads(FILE.read_text("utf-8"))["numbers"]
    assert {(module, name) for module, entries in held.items() for name in entries} == deciding
    assert all(one.compared for one in numbers)


def test_at_most_30_numbers_are_compared_with_no_others_on_photos() -> None:
    assert sum(not one.compared for one in find_numbers()) <= 30


def test_at_most_30_numbers_decide_what_is_read() -> None:
    assert sum(one.kind == READING for one in find_numbers()) <= 30
