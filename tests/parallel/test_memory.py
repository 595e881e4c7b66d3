import pathlib
import subprocess
import sys
import weakref

import numpy as np
import pytest
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.images import Picture
from knn_digits.parallel.photos import pages_of
from knn_digits.reading import Reader, read_held

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is told apart as Linux does")

# What a process that reads each of these photos held at most, and what it holds afterwards, in MiB.
READ = """
import pathlib, re, sys
from knn_digits.parallel.photos import Read, give_back, read_pages_of
from knn_digits.reading import Reader, read_held
from knn_digits.threads import limit_threads
limit_threads(1)
read = Read(Reader("bundled"))
for path in map(pathlib.Path, sys.argv[1:]):
    (result,) = give_back(read_pages_of((str(path), path), read=read))
    assert len(result[1].digits) > 20, result
status = pathlib.Path("/proc/self/status").read_text()
print(*(int(re.search(rf"{name}:\\s+(\\d+) kB", status)[1]) >> 10 for name in ("VmHWM", "VmRSS")))
"""


def page(sample: Dataset, *, height: int, width: int, enlarged: int) -> Pixels:
    """Forty digits on paper, in five rows."""
    paper = np.full((height, width), 230, np.uint8)
    for place, digit in enumerate(sample.digits[:40]):
        ink = np.kron(digit, np.ones((enlarged, enlarged), np.uint8))
        side = len(ink)
        top, left = (1 + 2 * (place // 8)) * height // 11, (1 + 2 * (place % 8)) * width // 17
        paper[top : top + side, left : left + side] -= np.uint8(0.7 * ink)
    return paper


@pytest.mark.parametrize(
    ("size", "enlarged", "most"),
    [((3000, 4000), 8, 172), ((3500, 2500), 2, 188)],
    ids=["a photo of 12 megapixels", "a scan of fine strokes, looked at as it is"],
)
def test_a_process_that_reads_large_photos_is_bounded(
    sample: Dataset, tmp_path: pathlib.Path, size: tuple[int, int], enlarged: int, most: int
) -> None:
    height, width = size
    photo = Image.fromarray(page(sample, height=height, width=width, enlarged=enlarged)).convert("RGB")
    photo.save(tmp_path / "photo.jpg")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "photo.jpg")], check=True, capture_output=True, text=True
    )
    peak, after = map(float, done.stdout.split())
    assert peak < most
    assert after < 115


def test_no_one_holds_a_picture_that_is_taken_to_be_read(sample: Dataset, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(page(sample, height=600, width=900, enlarged=2)).save(path)
    for _, picture in pages_of((str(path), path)):
        assert isinstance(picture, Picture)
        pixels = weakref.ref(picture.pixels)
        del picture
        assert pixels() is None


def test_a_picture_that_is_taken_is_read_as_it_is_elsewhere(sample: Dataset) -> None:
    pixels = np.repeat(page(sample, height=600, width=900, enlarged=2)[..., None], 3, axis=2)
    pictures = [Picture(pixels=pixels, full_width=900, full_height=600)]
    reader = Reader("bundled")
    assert read_held(reader, pictures) == reader.read_stages(pixels)[0]
    assert not pictures
