import pathlib

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.errors import ModelError
from knn_digits.reading import orientation
from knn_digits.reading.judge import learned_text
from knn_digits.reading.orientation import (
    COMPARED,
    FEWEST,
    NAMES,
    Orientation,
    load_orientation,
    look_turned,
    shares_of,
)


def test_marks_are_compared_with_themselves_in_the_other_turns(model: DigitKNN, sample: Dataset) -> None:
    table = look_turned(model.unrefined(), list(sample.digits[20:26]))
    assert table.shape == (4, 6, len(NAMES))
    own = table[:, :, 1 : 1 + len(COMPARED)]
    above, below = np.split(table[:, :, 1 + len(COMPARED) :], 2, axis=2)
    for turn in range(4):
        others = np.delete(own, turn, axis=0)
        assert above[turn] == pytest.approx(own[turn] - others.min(axis=0), abs=1e-5)
        assert below[turn] == pytest.approx(own[turn] - others.max(axis=0), abs=1e-5)


def test_turned_marks_are_seen_as_they_are_with_their_turns_moved(model: DigitKNN, sample: Dataset) -> None:
    upright = list(sample.digits[20:30])
    lying = [np.ascontiguousarray(np.rot90(digit)) for digit in upright]
    seen, moved = (look_turned(model.unrefined(), digits) for digits in (upright, lying))
    assert np.abs(np.roll(moved, 1, axis=0) - seen).mean() < 0.1


def test_most_digits_look_upright_in_one_turn_alone(model: DigitKNN, sample: Dataset) -> None:
    digits = [
        digit for digit, label in zip(sample.digits, sample.labels, strict=True) if label in {2, 3, 4, 7}
    ]
    seen = load_orientation().see(look_turned(model.unrefined(), digits[:60]))
    assert (seen.argmax(axis=0) == 0).mean() > 0.9


def test_shares_are_of_all_marks_and_of_the_likeliest() -> None:
    seen = np.stack([np.linspace(0, 1, 11)] * 4)
    seen[2] = 0.5
    every, likeliest = shares_of(seen).T
    assert every == pytest.approx([0.5] * 4)
    assert likeliest == pytest.approx([np.linspace(0, 1, 11)[-FEWEST:].mean()] * 2 + [0.5] + [0.85])


def test_a_page_is_turned_where_the_odds_are_for_it_and_what_is_stored_comes_back() -> None:
    known = load_orientation()
    seen = np.full((4, 8), 0.1)
    assert known.tell(seen) == 0
    seen[3] = 0.9
    assert known.tell(seen) == 3
    assert Orientation.from_dict(known.as_dict()) == known


def test_a_file_that_was_changed_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "orientation.json"
    text = learned_text({}, load_orientation().as_dict())
    path.write_text(text.replace('"start":', '"start": '))
    monkeypatch.setattr(orientation, "FILE", path)
    with pytest.raises(ModelError, match=r"orientation.json was changed: install the package again$"):
        load_orientation.__wrapped__()
