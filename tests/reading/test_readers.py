"""A Reader is made once: from any thread, in another process, for many photos; the last named one is kept."""

import concurrent.futures
import io
import pathlib
import pickle
from typing import Any

import numpy as np
import pytest

import knn_digits
from knn_digits.arrays import Pixels
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from knn_digits.errors import ModelError, PhotoError, UsageError
from knn_digits.reading import kept_reader
from tests.pages import draw

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def pages(sample: Dataset) -> list[Pixels]:
    return [draw(sample.digits, (first, first + 1)) for first in range(3)]


def small(sample: Dataset, **options: Any) -> knn_digits.DigitKNN:
    feature = knn_digits.make_feature("blocks")
    known = sample.digits[:300], sample.labels[:300]
    return knn_digits.DigitKNN.fit(*known, feature=feature, options=knn_digits.KnnOptions(**options))


def test_many_photos_are_read_in_their_order_each_when_it_is_asked_for(pages: list[Pixels]) -> None:
    reader, taken = knn_digits.Reader("bundled"), []

    def photos() -> Any:
        for place, page in enumerate(pages):
            taken.append(place)
            yield page

    readings = reader.read_many(photos())
    assert next(readings) == reader.read(pages[0])
    assert taken == [0]
    assert list(readings) == [reader.read(page) for page in pages[1:]]


def test_a_photo_that_cannot_be_read_ends_it_or_stands_in_its_place(pages: list[Pixels]) -> None:
    reader = knn_digits.Reader("cnn")
    photos: list[Any] = ["missing.png", pages[0]]
    with pytest.raises(PhotoError):
        list(reader.read_many(photos))
    error, reading = reader.read_many(photos, errors="return")
    assert isinstance(error, PhotoError)
    assert reading == reader.read(pages[0])
    with pytest.raises(UsageError, match="errors must be raise or return, got 'ignore'"):
        reader.read_many(photos, errors="ignore")


def test_several_threads_read_by_one_reader(pages: list[Pixels]) -> None:
    for model in ("bundled", "cnn"):
        reader = knn_digits.Reader(model)
        want = [reader.read(page) for page in pages]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(knn_digits.Reader(model).read, pages)) == want


@pytest.mark.parametrize("model", ["bundled", "cnn", BUNDLED, None, "fitted"])
def test_a_reader_goes_to_another_process(model: Any, pages: list[Pixels], sample: Dataset) -> None:
    settings: dict[str, Any] = {} if model == "cnn" else {"k": 3, "weights": "uniform"}
    given = small(sample, backend="opencv") if model == "fitted" else model
    reader = knn_digits.Reader(given, **settings)
    content = pickle.dumps(reader)
    assert (len(content) < 1000) == (model != "fitted")
    assert pickle.loads(content).read(pages[0]) == reader.read(pages[0])


def test_a_reader_whose_file_has_changed_is_not_made_again(sample: Dataset, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    small(sample).save(path)
    content = pickle.dumps(knn_digits.Reader(path))
    small(sample, k=1).save(path)
    with pytest.raises(ModelError, match="is another file than when its Reader was pickled"):
        pickle.loads(content)


def test_the_last_named_model_is_kept_until_its_file_or_what_is_learned_changes(
    sample: Dataset, pages: list[Pixels], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.npz"
    small(sample).save(path)
    first = kept_reader(path)
    monkeypatch.chdir(tmp_path)
    assert kept_reader("model.npz") is first
    small(sample, k=1).save(path)
    second = kept_reader(path)
    assert second is not first
    reading = knn_digits.read_photo(pages[0], path)
    assert kept_reader(path) is second
    knn_digits.learn(pages[0], path, {1: 5}, force=True)
    assert knn_digits.read_photo(pages[0], path).text[0] == "5" != reading.text[0]
    assert kept_reader(second.model) is not kept_reader(second.model)


def test_a_reader_takes_k_weights_and_whether_others_hands_stand_beside_the_model(sample: Dataset) -> None:
    model = small(sample)
    reader = knn_digits.Reader(model, k=3, weights="distance", hands=False)
    assert reader.model.knn is not None
    assert (reader.model.knn.options.k, reader.model.knn.options.weights) == (3, "distance")
    assert reader.model.knn.hands is None
    bundled = knn_digits.Reader("bundled", hands=False).model.knn
    assert bundled is not None
    assert bundled.signs is None
    assert {layer.name for layer in knn_digits.Reader(model).model.knn.layers} >= {"drawn"}  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="k and weights belong to k-NN"):
        knn_digits.Reader("cnn", k=3)
    with pytest.raises(UsageError, match="k must be an integer of at least 1, got 0"):
        knn_digits.Reader(model, k=0)


def test_a_photo_is_read_from_whatever_holds_it(pages: list[Pixels]) -> None:
    want = knn_digits.read_photo(pages[0], "bundled").text
    for same in (pages[0] / 255.0, pages[0][:, :, None], io.BytesIO(encode(pages[0]))):
        assert knn_digits.read_photo(same, "bundled").text == want
    assert knn_digits.read_photo(pages[0] > 128, "bundled").text == want


def encode(page: Pixels) -> bytes:
    from knn_digits.images import encode_png

    return encode_png(np.asarray(page))
