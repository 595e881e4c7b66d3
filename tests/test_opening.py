import array
import io
import pathlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from knn_digits import opening
from knn_digits.errors import PhotoError, UsageError
from knn_digits.images import read_picture
from knn_digits.opening import check_several, open_photo

LARGEST = 2400
RAMP = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    Image.fromarray(RAMP).save(tmp_path / "ramp.png")
    return tmp_path / "ramp.png"


class Named:
    """A path of another library's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __fspath__(self) -> str:
        return self.name


def test_whatever_holds_a_photo_gives_the_same_picture(path: pathlib.Path) -> None:
    want, content = read_picture(path, largest=LARGEST), path.read_bytes()
    photo: Any
    with Image.open(path) as image, path.open("rb") as file:
        for photo in (
            path,
            str(path),
            Named(str(path)),
            content,
            bytearray(content),
            memoryview(content),
            array.array("B", content),
            io.BytesIO(content),
            file,
            image,
            RAMP,
            RAMP[:, :, None],
            np.stack([RAMP] * 3, 2),
            np.dstack([RAMP, RAMP, RAMP, np.full_like(RAMP, 255)]),
            np.asfortranarray(RAMP),
            RAMP[::-1][::-1],
            want,
        ):
            found = open_photo(photo, largest=LARGEST)
            assert (found.full_width, found.full_height) == (30, 20)
            assert (found.pixels == want.pixels).all()


def test_a_file_that_gives_no_bytes_says_why(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with path.open("rb") as file:
        open_photo(file, largest=LARGEST)
        with pytest.raises(PhotoError, match="it is empty, or was read to its end before"):
            open_photo(file, largest=LARGEST)
    with (tmp_path / "new").open("wb") as file, pytest.raises(PhotoError, match="in binary mode, to read"):
        open_photo(file, largest=LARGEST)


@pytest.mark.parametrize("one", ["a.png", pathlib.Path("a.png"), b"", Image.fromarray(RAMP), None, 5])
def test_one_photo_is_not_taken_for_several(one: object) -> None:
    with pytest.raises(UsageError, match=f"must be several, such as a list, got {type(one).__name__}"):
        check_several(one)


def test_of_a_bool_array_true_is_white() -> None:
    found = open_photo(RAMP > 100, largest=LARGEST)
    assert (found.pixels == np.where(RAMP > 100, 255, 0)[:, :, None]).all()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_of_floats_0_is_black_and_1_is_white(kind: Any) -> None:
    found = open_photo((RAMP / 255.0).astype(kind), largest=LARGEST)
    assert (found.pixels == RAMP[:, :, None]).all()


@pytest.mark.parametrize(("pixels", "said"), [(RAMP.astype(float), "0 to 255"), (RAMP * np.nan, "nan")])
def test_floats_of_another_scale_are_told_with_the_remedy(pixels: Any, said: str) -> None:
    with pytest.raises(PhotoError, match=f"from 0, black, to 1, white, got {said}.*: divide it by its white"):
        open_photo(pixels, largest=LARGEST)


def test_a_picture_of_pillows_is_left_as_it_is(tmp_path: pathlib.Path) -> None:
    Image.new("RGB", (5000, 400)).save(tmp_path / "wide.jpg")
    with Image.open(tmp_path / "wide.jpg") as image:
        assert max(open_photo(image, largest=600).pixels.shape) <= 600
        assert (image.size, image.mode) == ((5000, 400), "RGB")


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (2, 20_000), (1, 1)])
def test_a_strip_keeps_a_pixel_on_its_short_side(shape: tuple[int, int]) -> None:
    found = open_photo(np.full(shape, 200, np.uint8), largest=LARGEST)
    assert (found.full_height, found.full_width) == shape
    assert min(found.pixels.shape[:2]) >= 1
    assert max(found.pixels.shape[:2]) <= LARGEST


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 0, 3), np.uint8),
        np.zeros(5, np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((5, 5), complex),
        np.zeros((5, 5), np.int64),
        np.array([["x"]]),
        np.array([[None]]),
        Image.new("L", (0, 5)),
    ],
)
def test_pixels_that_are_no_photo_are_told_with_what_is_allowed(photo: Any) -> None:
    with pytest.raises(PhotoError, match=r"uint8, float or bool of shape \(height, width\)|no pixels"):
        open_photo(photo, largest=LARGEST)


@pytest.mark.parametrize("photo", [None, 5, 1.5, ["photo.png"], {}, object(), Image, "".join])
def test_what_is_no_photo_is_told_with_what_is_allowed(photo: Any) -> None:
    with pytest.raises(PhotoError, match="a photo must be a path, the bytes of a picture file, an open"):
        open_photo(photo, largest=LARGEST)


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 5000, "missing.png", "."])
def test_a_name_that_no_file_has_is_told(name: str) -> None:
    with pytest.raises(PhotoError) as caught:
        open_photo(name, largest=LARGEST)
    assert "\0" not in str(caught.value)


def test_a_file_that_gives_no_bytes_is_told(path: pathlib.Path) -> None:
    with pytest.raises(PhotoError, match="open it in binary mode"):
        open_photo(io.StringIO("text"), largest=LARGEST)  # type: ignore[arg-type]
    with path.open("rb") as file:
        pass
    with pytest.raises(PhotoError, match="closed"):
        open_photo(file, largest=LARGEST)


def test_no_stream_is_read_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_STREAM", 1 << 20)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 2 << 20
            self.given += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(PhotoError, match="it holds more than 1 MiB"):
        open_photo(stream, largest=LARGEST)  # type: ignore[arg-type]
    assert stream.given == (1 << 20) + 1


class Odd(io.RawIOBase):
    """A stream that never ends and gives no bytes, or more than it was asked for."""

    def __init__(self, *, text: bool) -> None:
        super().__init__()
        self._text = text

    def read(self, size: int = -1) -> Any:
        return "text" if self._text else bytes(size + 1)


@pytest.mark.parametrize(("text", "said"), [(True, "open it in binary mode"), (False, "it holds more than")])
def test_a_stream_that_keeps_no_rule_is_told_at_once(
    text: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MAX_STREAM", 1 << 20)
    with pytest.raises(PhotoError, match=said):
        open_photo(Odd(text=text), largest=LARGEST)  # type: ignore[arg-type]


def test_a_picture_of_pillows_whose_file_ends_early_is_read_with_a_note(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "cut.jpg"
    grey = np.full((120, 160), 200, np.uint8)
    grey[40:80, 60:70] = 10
    Image.fromarray(grey).save(path)
    path.write_bytes(path.read_bytes()[:-2])
    with Image.open(path) as image:
        picture = open_photo(image, largest=LARGEST)
    assert picture == open_photo(path, largest=LARGEST)
    assert "ends early" in picture.notes[0]
