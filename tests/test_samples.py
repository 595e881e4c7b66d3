import json
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from knn_digits.classifiers.load import load_bundled
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.images import list_pictures, read_picture
from knn_digits.reading import read_photo

SAMPLES = pathlib.Path(__file__).parents[1] / "samples"
TRUTH: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text("utf-8"))
PHOTOS = {photo["file"]: photo for photo in TRUTH}


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return load_dataset("sample")


@pytest.fixture(scope="session")
def remade(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("samples")
    command = [sys.executable, "-W", "error", str(SAMPLES / "make_samples.py"), "--output", str(folder)]
    subprocess.run(command, check=True, cwd=folder)
    return folder


@pytest.mark.parametrize("name", PHOTOS)
def test_the_script_makes_the_photo_again(name: str, remade: pathlib.Path) -> None:
    kept, made = (read_picture(folder / name).pixels.astype(np.int16) for folder in (SAMPLES, remade))
    assert kept.shape == made.shape
    apart = np.abs(kept - made)  # versions of OpenCV and Pillow may round and encode in other ways
    assert apart.mean() < 1.5
    assert (apart > 40).mean() < 0.001


def test_the_script_makes_the_truth_again_and_nothing_beside_the_photos(remade: pathlib.Path) -> None:
    assert json.loads((remade / "truth.json").read_text("utf-8")) == TRUTH
    assert sorted(file.name for file in remade.iterdir()) == sorted([*PHOTOS, "truth.json"])


def test_the_truth_names_every_photo_once_and_no_other() -> None:
    assert [path.name for path in list_pictures(SAMPLES)] == sorted(photo["file"] for photo in TRUTH)


def test_the_card_names_every_photo() -> None:
    card = (SAMPLES / "README.md").read_text("utf-8")
    assert [name for name in PHOTOS if f"`{name}`" not in card] == []


def test_the_photos_are_small_together() -> None:
    assert sum((SAMPLES / name).stat().st_size for name in PHOTOS) < 1_500_000


@pytest.mark.parametrize("name", PHOTOS)
def test_the_truth_is_what_the_training_digits_are_labelled(name: str, digits: Dataset) -> None:
    photo = PHOTOS[name]
    labelled = ["".join(map(str, digits.labels[rows])) for rows in photo["training_rows"]]
    assert photo["lines"] == labelled
    assert photo["digits"] == len("".join(labelled))
    assert (photo["license"], photo["capture"]) == ("CC BY-SA 3.0", "rendered")


def test_the_sideways_photo_is_stored_on_its_side() -> None:
    with Image.open(SAMPLES / "sideways.jpg") as image:
        stored, orientation = image.size, image.getexif()[0x0112]
    upright = read_picture(SAMPLES / "sideways.jpg")
    assert orientation == PHOTOS["sideways.jpg"]["exif_orientation"] == 6
    assert stored == (upright.full_height, upright.full_width)
    assert upright.full_height > upright.full_width


def test_the_tiny_photo_is_one_training_digit_as_it_is(digits: Dataset) -> None:
    (row,) = PHOTOS["tiny.png"]["training_rows"][0]
    assert (read_picture(SAMPLES / "tiny.png").pixels == 255 - digits.digits[row][..., None]).all()


@pytest.mark.parametrize("name", PHOTOS)
def test_a_sample_is_read_as_its_truth_says(name: str) -> None:
    reading = read_photo(SAMPLES / name, load_bundled())
    assert [line.text.replace(" ", "") for line in reading.lines] == PHOTOS[name]["lines"]
