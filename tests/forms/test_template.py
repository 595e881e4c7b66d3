import json
import pathlib

import pytest

from knn_digits.errors import DataError
from knn_digits.forms.template import read_template, template_text, write_template
from tests.forms.conftest import Example

GOOD = {
    "kind": "knn-digits form",
    "format": 1,
    "pages": [{"picture": "a-1.png", "width": 210, "height": 297}],
    "fields": [
        {"name": "a", "box": [10, 10, 50, 8], "cells": 5, "check": "luhn"},
        {"name": "total", "box": [10, 30, 50, 8], "digits": [1, 4], "sum_of": ["a"]},
    ],
}


def changed(field: int, **entries: object) -> dict[str, object]:
    held = json.loads(json.dumps(GOOD))
    held["fields"][field].update(entries)
    return dict(held)


def test_a_template_is_read_as_it_was_written(tmp_path: pathlib.Path, example: Example) -> None:
    write_template(tmp_path / "form.json", example.template)
    again = read_template(tmp_path / "form.json")
    assert template_text(again) == template_text(example.template)
    assert [field.name for field in again.fields] == [field.name for field in example.template.fields]


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (changed(1, box=[10, 10, 500, 8]), ["'total'", "box", "210 by 297"]),
        (changed(0, cells=0), ["'a'", "cells"]),
        (changed(1, check="luhm"), ["'total'", "luhn, mod11, mod97"]),
        (changed(1, sum_of=["b"]), ["'total'", "'b'"]),
        (changed(0, sum_of=["total"]), ["sum_of leads back", "a, total, a"]),
        (changed(1, name="a"), ["'a'", "taken"]),
        (changed(1, digit=3), ["'total'", "digit", "digits"]),
        (changed(1, pattern="("), ["'total'", "regular expression"]),
        (changed(1, check=["luhn"]), ["'total'", "luhn, mod11, mod97"]),
        (changed(1, box=[10, 10, int("9" * 400), 8]), ["'total'", "box"]),
        (changed(1, gap=2), ["'total'", "gap", "cells"]),
        (changed(1, cells=[[150, 10, 10, 8]]), ["'total'", "cells", "in its box"]),
        (GOOD | {"format": 2}, ["format", "2"]),
        (GOOD | {"kind": "a form"}, ["form draft"]),
    ],
)
def test_an_error_names_the_field_and_what_is_allowed(
    tmp_path: pathlib.Path, held: dict[str, object], words: list[str]
) -> None:
    path = tmp_path / "form.json"
    path.write_text(json.dumps(held))
    with pytest.raises(DataError) as caught:
        read_template(path)
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (b"", ["no template", "no JSON", "line 1", "form draft"]),
        (
            b'{"kind": "knn-digits form"\n "format": 1}',
            ["no template", "no JSON", "delimiter in line 2", "form draft"],
        ),
        (b"\x89PNG\r\n\x1a\n", ["no template", "form draft"]),
    ],
)
def test_a_file_that_is_no_json_is_told_so(tmp_path: pathlib.Path, held: bytes, words: list[str]) -> None:
    path = tmp_path / "form.json"
    path.write_bytes(held)
    with pytest.raises(DataError) as caught:
        read_template(path)
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)
