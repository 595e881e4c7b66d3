import dataclasses
import json
import math
import pathlib
import pickle
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

import knn_digits
from knn_digits import estimators, stages, tables
from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.photo.boxes import Box
from knn_digits.reading import Mark
from knn_digits.record import Record, told
from tests.pages import draw
from tests.test_records import make

PUBLIC = [getattr(room, name) for room in (knn_digits, estimators, stages, tables) for name in room.__all__]
RECORDS = [kind for kind in PUBLIC if isinstance(kind, type) and dataclasses.is_dataclass(kind)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Everything(Record):
    """A field of each kind."""

    _derived: ClassVar[tuple[str, ...]] = ("title",)
    _details: ClassVar[Mapping[str, Any]] = {"digits": None}

    name: str
    share: float
    box: Box
    boxes: tuple[Box, ...]
    pair: tuple[int, str]
    table: list[list[int]]
    counts: Mapping[str, int]
    digits: Digits | None
    mask: NDArray[np.bool_]
    path: pathlib.Path | None
    content: bytes
    beside: object = dataclasses.field(default=None, compare=False)

    @property
    def title(self) -> str:
        return self.name.title()


BOX = Box(left=1, top=2, width=3, height=4)
WHOLE = Everything(
    name="a\nb",
    share=0.1,
    box=BOX,
    boxes=(BOX, BOX),
    pair=(1, "x"),
    table=[[1, 2], [3, 4]],
    counts={"b": 2},
    digits=np.zeros((0, 28, 28), np.uint8),
    mask=np.array([[True], [False]]),
    path=pathlib.Path("a.png"),
    content=b"\0\xff",
    beside=object(),
)


def through_json(record: Any, **how: Any) -> Any:
    return type(record).from_dict(json.loads(json.dumps(record.to_dict(**how))))


def test_a_record_comes_back_from_json_as_it_was() -> None:
    back = through_json(WHOLE)
    assert (back, hash(back)) == (WHOLE, hash(WHOLE))
    assert back.beside is None
    assert (back.digits.shape, back.digits.dtype, back.mask.dtype) == ((0, 28, 28), np.uint8, np.bool_)


def test_a_short_dict_leaves_out_details_and_tells_what_is_derived() -> None:
    short = WHOLE.to_dict(details=False)
    assert "digits" not in short
    assert short["title"] == "A\nB"
    assert short["box"] == [1, 2, 3, 4]
    assert through_json(WHOLE, details=False) == dataclasses.replace(WHOLE, digits=None)


def test_a_probability_is_told_in_three_places_rounded_down_and_kept_as_it_is() -> None:
    mark = make(Mark, 1, probability=0.99999, box=BOX)
    assert "probability=0.999," in repr(mark)
    assert mark.to_dict(details=False)["probability"] == 0.999
    assert mark.to_dict()["probability"] == 0.99999
    assert math.isnan(told(math.nan))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"box": [1, 2]}, "a Box needs width, height"),
        ({"box": 5}, "a Box must be made of a dict, got 5"),
        ({"share": "x"}, "Everything.share must be float, got 'x'"),
        ({"share": True}, "Everything.share must be float, got True"),
        ({"pair": [1]}, "Everything.pair must be tuple"),
        ({"boxes": "ab"}, "Everything.boxes must be tuple"),
        ({"mask": [[1], []]}, "Everything.mask must be ndarray"),
        ({"counts": 5}, "Everything.counts must be Mapping"),
        ({"content": "?"}, "Everything.content must be bytes"),
    ],
)
def test_what_makes_no_record_is_told(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Everything.from_dict(WHOLE.to_dict() | change)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(DataError, match="Everything needs name, share: take what `to_dict` gave"):
        Everything.from_dict({n: v for n, v in WHOLE.to_dict().items() if n not in ("name", "share")})
    with pytest.raises(DataError, match="must be made of a dict"):
        Everything.from_dict("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_public_record_has_what_records_have(kind: type) -> None:
    assert issubclass(kind, Record)
    assert vars(kind)["__repr__"] is Record.__repr__


@pytest.fixture(scope="module")
def shown(sample: Dataset) -> list[Any]:
    """A record of each kind that a user comes by, and models."""
    bundled, cnn = knn_digits.load_classifier("bundled"), knn_digits.load_classifier("cnn")
    few, labels = sample.digits[:3], sample.labels[:3]
    page = draw(sample.digits, (3, 1))
    reading = knn_digits.read_photo(page, bundled)
    return [
        *knn_digits.explain(page, bundled),
        reading,
        reading.lines[0],
        reading.lines[0].words[0],
        reading.lines[0].digits[0],
        reading.lines[0].digits[0].neighbors[0],
        dataclasses.replace(sample, digits=few, labels=labels),
        bundled.classify(few),
        bundled.classify(few[:0]),
        cnn.classify(few),
        knn_digits.evaluate(cnn, few, labels),
        *estimators.KNNClassifier(2).fit([[0.0], [1.0]], [3, 4]).explain([[0.4]]),
        knn_digits.KnnOptions(),
        knn_digits.Doubt(index=1, label=2, suggested=3, score=0.5, neighbors=(1, 2)),
        bundled,
        cnn,
    ]


def test_records_that_are_met_come_back_from_json_and_print_in_three_lines(shown: list[Any]) -> None:
    for record in (one for one in shown if isinstance(one, Record)):
        assert through_json(record) == record
        assert len(repr(record).splitlines()) <= 3
        assert max(map(len, repr(record).splitlines())) <= 100


def test_a_notebook_shows_pictures_of_what_has_some_and_words_of_all(shown: list[Any]) -> None:
    for thing in shown:
        html, png = thing._repr_html_(), thing._repr_png_()
        assert html.endswith("</pre>")
        assert ("<img" in html) == (png is not None)
        assert png is None or png.startswith(b"\x89PNG")
    drawn = {type(thing).__name__ for thing in shown if thing._repr_png_() is not None}
    assert drawn == {"Explanation", "Dataset", "Reading", "Mark", "Neighbor"}
    assert "validation" in shown[-2]._repr_html_()
    assert "epochs" in shown[-1]._repr_html_()


def test_a_reading_without_its_photo_is_drawn_on_white(shown: list[Any]) -> None:
    reading = next(thing for thing in shown if isinstance(thing, knn_digits.Reading))
    assert reading.preview
    back = through_json(reading)
    assert back.preview == b""
    assert back._repr_png_() not in (None, reading._repr_png_())


def test_a_neighbor_shows_whose_digit_it_is(shown: list[Any]) -> None:
    bundled = next(thing for thing in shown if isinstance(thing, knn_digits.DigitKNN))
    reading = next(thing for thing in shown if isinstance(thing, knn_digits.Reading))
    for neighbor in (one for digit in reading.digits for one in digit.neighbors):
        assert neighbor.digit is not None
        assert neighbor.digit.tobytes() == bundled.digits[neighbor.index].tobytes()
        assert (neighbor.origin, neighbor.row) == bundled.known.tell_origin(neighbor.index)
        again = pickle.loads(pickle.dumps(neighbor))
        assert again == neighbor
        assert again.digit.tobytes() == neighbor.digit.tobytes()
        assert through_json(neighbor).digit is None
