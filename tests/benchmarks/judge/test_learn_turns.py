import pathlib

import numpy as np
import pytest

from benchmarks import learn_turns
from benchmarks.data.pages import draw_page, training_pool
from knn_digits.reading import orientation
from knn_digits.reading.orientation import load_orientation


def test_what_is_learned_from_a_few_pages_is_a_file_that_can_be_loaded(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orientation.json"
    monkeypatch.setattr(learn_turns, "PAGES", 8)
    monkeypatch.setattr(learn_turns, "MORE", {"empty": 3})
    learn_turns.main(["--output", str(path)])
    monkeypatch.setattr(orientation, "FILE", path)
    learned = load_orientation.__wrapped__()
    assert learned.trees.names == orientation.NAMES
    assert np.isfinite(learned.weights).all()
    assert not list(tmp_path.glob("*.new"))


def test_boxes_of_digits_are_those_of_the_page_in_pixels_of_its_ink() -> None:
    page = draw_page(3, digits=training_pool(), kind="table")
    boxes = learn_turns.digits_of(page, 0.5)
    assert len(boxes) == sum(mark.label is not None for mark in page.marks) > 0
    first = next(mark for mark in page.marks if mark.label is not None)
    assert np.abs(boxes[0] - np.array(first.box) / 2).max() <= 0.5
