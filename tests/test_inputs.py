"""Every function of Python's door takes a photo and a model in any form, and tells what is none."""

import functools
import io
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

import knn_digits
from knn_digits.classifiers.learned import load_learned
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, PhotoError, UsageError
from tests.pages import draw, save

TEXT = "314"
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def photo(sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return save(tmp_path_factory.mktemp("photo") / "photo.png", draw(sample.digits, (3, 1, 4)))


@pytest.fixture(scope="module")
def model() -> knn_digits.DigitKNN:
    found = knn_digits.load_classifier("bundled")
    assert isinstance(found, knn_digits.DigitKNN)
    return found


@pytest.mark.parametrize("name", ["cnn", "bundled", str(BUNDLED), BUNDLED])
def test_a_photo_is_read_by_a_model_that_is_named(name: Any, photo: pathlib.Path) -> None:
    assert knn_digits.read_photo(photo, name).text == TEXT


def test_a_named_model_knows_what_was_learned_as_the_command_does(photo: pathlib.Path) -> None:
    knn_digits.learn(photo, "bundled", {3: 5}, force=True)
    assert knn_digits.read_photo(photo, "bundled").text == "315"
    assert knn_digits.read_photo(photo).text == "315"


@pytest.mark.parametrize("probability", ["x", "0.5", None, float("nan"), float("inf"), -0.1, 1.1, 1j, [0.5]])
def test_a_probability_that_is_none_is_told(
    probability: Any, photo: pathlib.Path, model: knn_digits.DigitKNN
) -> None:
    with pytest.raises(UsageError, match="min_probability must be a number from 0 to 1, got"):
        knn_digits.read_photo(photo, model, min_probability=probability)


@pytest.mark.parametrize("number", [0, 4, -1, "1", 1.0, float("nan"), [1]])
def test_a_digit_that_is_not_there_is_told(
    number: Any, photo: pathlib.Path, model: knn_digits.DigitKNN
) -> None:
    with pytest.raises(UsageError, match=r"there is no digit .*: they count from 1 to 3"):
        knn_digits.explain(photo, model, digit=number)


@pytest.mark.parametrize("wrong", [5, "", "a\0b", ["bundled"]])
def test_no_function_takes_what_is_no_model(
    wrong: Any, photo: pathlib.Path, model: knn_digits.DigitKNN, sample: Dataset
) -> None:
    reading = knn_digits.read_photo(photo, model)
    for call in (
        lambda: knn_digits.read_photo(photo, wrong),
        lambda: knn_digits.explain(photo, wrong),
        lambda: knn_digits.learn(photo, wrong, TEXT),
        lambda: knn_digits.suggest([(photo, reading)], wrong, 1),
        lambda: knn_digits.evaluate(wrong, sample.digits[:9], sample.labels[:9]),
    ):
        with pytest.raises(UsageError, match="model"):
            call()


@pytest.mark.parametrize("wrong", [None, 5, "", "a\0b", ["photo.png"], np.full((5, 5), 7.0), io.StringIO("")])
def test_no_function_takes_what_is_no_photo(wrong: Any, model: knn_digits.DigitKNN) -> None:
    for call in (
        lambda: knn_digits.read_photo(wrong, model),
        lambda: knn_digits.explain(wrong, model),
        lambda: knn_digits.learn(wrong, model, TEXT),
    ):
        with pytest.raises(PhotoError):
            call()


def test_a_network_neither_learns_nor_suggests(photo: pathlib.Path) -> None:
    with pytest.raises(UsageError, match="a network cannot learn"):
        knn_digits.learn(photo, "cnn", TEXT)
    reading = knn_digits.read_photo(photo, "cnn")
    with pytest.raises(UsageError, match="a network cannot learn"):
        knn_digits.suggest([(photo, reading)], "cnn", 1)
    assert len(knn_digits.suggest([(photo, reading)], "bundled", 2)) == 2


@pytest.mark.parametrize("n", [-1, "x", 1.5, None])
def test_no_other_number_of_digits_is_suggested(n: Any, model: knn_digits.DigitKNN) -> None:
    with pytest.raises(UsageError, match="n must be a number of digits"):
        knn_digits.suggest([], model, n)


def test_digits_are_learned_from_whatever_holds_a_photo(
    photo: pathlib.Path, model: knn_digits.DigitKNN, tmp_path: pathlib.Path
) -> None:
    with Image.open(photo) as image, photo.open("rb") as file:
        photos: list[Any] = [str(photo), image, file, photo.read_bytes(), np.asarray(image)]
        for place, one in enumerate(photos):
            folder = tmp_path / str(place)
            lesson = knn_digits.learn(one, model, {3: 5}, force=True, folder=folder)
            assert lesson.after.text == "315"
            (kept,) = load_learned(folder).additions
            assert kept.source == (str(photo) if place == 0 else "a picture without a path")


@pytest.mark.parametrize(
    "truth", [5, None, ["3", "1", "4"], {1: 77}, {1: "3"}, {1: -1}, {"1": 3}, {1.0: 3}, {4: 1}, {}]
)
def test_a_truth_that_is_none_is_told_and_nothing_is_kept(
    truth: Any, photo: pathlib.Path, model: knn_digits.DigitKNN
) -> None:
    with pytest.raises(UsageError, match="digit"):
        knn_digits.learn(photo, model, truth, force=True)
    assert not load_learned().additions


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (2, 20_000), (1, 1), (1, 41), (41, 1), (3, 3)])
def test_a_blank_strip_is_read_as_blank(shape: tuple[int, int], model: knn_digits.DigitKNN) -> None:
    for pixels in (np.full(shape, 255, np.uint8), np.ones(shape, bool)):
        assert knn_digits.read_photo(pixels, model).text == ""
        assert knn_digits.explain(pixels, model) == ()


WRONG: tuple[Any, ...] = (
    object(),
    1.5j,
    np.zeros(0),
    np.zeros((3, 3)),
    np.array(["a", "b"]),
    ["a"],
    np.array(3.5),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "".join(repr(wrong).split())[:20])
def test_what_is_no_setting_of_a_model_is_told_in_one_line(wrong: Any, sample: Dataset) -> None:
    own = knn_digits.DigitKNN.fit(
        sample.digits[:60],
        sample.labels[:60],
        feature=knn_digits.make_feature("pixels"),
        options=knn_digits.KnnOptions(k=3),
    )
    names = ("k", "weights", "power", "dimensions", "refinement", "backend", "device", "shards")
    calls: list[Callable[[], Any]] = [
        *(functools.partial(knn_digits.KnnOptions, **{name: wrong}) for name in names),
        lambda: own.with_votes(k=wrong),
        lambda: own.with_votes(weights=wrong),
        lambda: own.kneighbors(sample.digits[:1], wrong),
        lambda: own.origin(wrong),
        lambda: knn_digits.DigitKNN.load(BUNDLED, backend=wrong),
        lambda: knn_digits.DigitKNN.load(BUNDLED, device=wrong),
        lambda: knn_digits.register_feature(wrong, knn_digits.make_feature),
    ]
    for call in calls:
        with pytest.raises(UsageError) as told:
            call()
        assert "\n" not in str(told.value)
        assert len(str(told.value)) < 200


@pytest.mark.parametrize(
    "wrong", [None, 5, "", "x", 1.5, [0.5], [[1]], np.array(3), np.zeros((3, 3), np.int64)]
)
def test_rows_that_are_none_are_told(wrong: Any, model: knn_digits.DigitKNN) -> None:
    with pytest.raises(UsageError, match="rows must be whole numbers from 0 to"):
        model.leave_one_out(wrong)


def test_a_number_is_no_picture_of_a_digit() -> None:
    with pytest.raises(DataError, match="a picture of a digit must be"):
        knn_digits.normalize(np.array(3))
