"""`benchmarks.measure.constants`: how much the numbers matter that a person set."""

import json
import pathlib
import shutil

from benchmarks.data.numbers import Number, changed, find_numbers
from benchmarks.data.truth import SAMPLES, TRUTH
from knn_digits.photo import frames, rules
from tests.benchmarks.conftest import Run

NUMBERS = find_numbers()
FILES = ("single.png", "chalkboard.png")  # two small samples


def test_every_number_has_its_unit_and_meaning_beside_it() -> None:
    assert [one for one in NUMBERS if len(one.meaning.split()) < 3] == []


def test_a_changed_number_is_seen_where_it_is_imported_and_put_back() -> None:
    number = next(one for one in NUMBERS if (one.module, one.name) == ("photo.rules", "WHOLE"))
    with changed(number, 0.5):
        assert rules.WHOLE == frames.WHOLE == 0.5  # type: ignore[attr-defined]
    assert rules.WHOLE == frames.WHOLE == number.value  # type: ignore[attr-defined]


def _number(value: float | tuple[float, ...]) -> Number:
    return Number(module="photo.ink", name="ANY", value=value, meaning="")


def test_a_number_is_halved_and_doubled_as_its_kind_allows() -> None:
    assert _number(3.0).others == [1.5, 6.0]
    assert _number(0.8).others == [0.4, 0.9]  # a share: what it lacks of the whole is halved
    assert _number(15).others == [9, 31]  # odd, as of a window
    assert _number((1.0, 4.0)).others == [(0.5, 2.0), (2.0, 8.0)]
    assert _number((1.0, 2.0, 3.0)).others == [(2.0, 3.0), (1.0, 3.0), (1.0, 2.0)]


def test_the_list_is_printed_with_what_is_measured_and_what_is_not(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    entries = [one for one in json.loads((SAMPLES / TRUTH).read_text("utf-8")) if one["file"] in FILES]
    for source, entry in enumerate(entries):
        shutil.copy(SAMPLES / entry["file"], tmp_path)
        entry["source"] = f"source {source}"
    (tmp_path / TRUTH).write_text(json.dumps(entries), "utf-8")
    done = measure("constants", tmp_path, "--seconds", 0, "--output", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    result = json.loads((tmp_path / "constants.json").read_text("utf-8"))["result"]
    assert [one["name"] for one in result["numbers"]] == [one.name for one in NUMBERS]
    assert sum(result["kinds"].values()) == len(NUMBERS)
    assert f"\n{len(NUMBERS)} numbers: " in tables(tmp_path / "constants.json").stdout


def test_photos_of_one_source_are_one_clear_line(measure: Run) -> None:
    done = measure("constants", SAMPLES)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("constants.py: photos of two sources are needed")
