"""What `match_strokes` promises: sets with other strokes than MNIST's get its strokes, MNIST's own stay."""

import pathlib

import cv2
import numpy as np
import pytest

from knn_digits import images
from knn_digits.arrays import Digits, Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.datasets.strokes import LEAST, match_strokes


def thinner(digits: Digits) -> Digits:
    """Return digits drawn with a finer pen."""
    large = [cv2.resize(one, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) for one in digits]
    worn = [cv2.erode(one, np.ones((5, 5), np.uint8)) for one in large]
    return np.stack([cv2.resize(one, (28, 28), interpolation=cv2.INTER_AREA) for one in worn])


def by_jpeg(digit: Pixels, quality: int) -> Pixels:
    """Return a digit as a JPEG of this quality has it."""
    packed = cv2.imencode(".jpg", digit, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("start", range(0, 5000, 1000))
def test_mnists_own_digits_stay_as_they_are(sample: Dataset, start: int) -> None:
    digits = sample.digits[start : start + 1000].copy()
    assert match_strokes(digits, np.arange(len(digits))) == ""
    assert (digits == sample.digits[start : start + 1000]).all()


@pytest.mark.parametrize("quality", [50, 95])
def test_what_jpeg_leaves_around_strokes_is_no_ink(sample: Dataset, quality: int) -> None:
    digits = np.stack([by_jpeg(one, quality) for one in sample.digits[:200]])
    came = digits.copy()
    assert match_strokes(digits, np.arange(len(digits))) == ""
    assert (digits == came).all()
    finer = thinner(sample.digits[:200])
    worn = np.stack([by_jpeg(one, quality) for one in finer])
    for some in (finer, worn):
        assert "thinner strokes" in match_strokes(some, np.arange(len(some)))
    assert np.abs(finer.astype(int) - worn).mean() < 10


def test_a_set_of_finer_strokes_is_told_and_then_read_better(sample: Dataset) -> None:
    bundled = DigitKNN.load(BUNDLED)
    digits = thinner(sample.digits[:300])
    before = (bundled.classify(digits).labels != sample.labels[:300]).sum()
    assert "thinner strokes than MNIST" in match_strokes(digits, np.arange(len(digits)))
    assert (bundled.classify(digits).labels != sample.labels[:300]).sum() < before / 2


def test_a_few_digits_tell_nothing_of_a_set(sample: Dataset) -> None:
    rows = np.arange(LEAST - 1)
    assert match_strokes(thinner(sample.digits[: LEAST - 1]), rows) == ""
    assert match_strokes(np.zeros((2 * LEAST, 28, 28), np.uint8), np.arange(2 * LEAST)) == ""


@pytest.mark.parametrize("size", [28, 40])
def test_class_folders_and_arrays_are_told_alike(tmp_path: pathlib.Path, sample: Dataset, size: int) -> None:
    digits = np.stack([cv2.resize(one, (size, size)) for one in thinner(sample.digits[:LEAST])])
    for row, (one, label) in enumerate(zip(digits, sample.labels, strict=False)):
        path = tmp_path / "set" / str(label) / f"{row:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.encode_png(one))
    np.savez(tmp_path / "set.npz", digits=digits, labels=sample.labels[:LEAST])
    for source in ("set", "set.npz"):
        assert "brought to MNIST's size and strokes" in load_dataset(tmp_path / source).notes[0]
