"""Damage that leaves most pixels whole does not refuse a picture; other damage is told in one line."""

import io
import pathlib
import random
import warnings

import numpy as np
import pytest
from PIL import Image

from knn_digits import images
from knn_digits.errors import PhotoError
from knn_digits.images import read_pages, read_picture
from knn_digits.images.decode import ENDS_EARLY, decode
from tests.images.files import TURN, encode, exif, page, pages

NOISE = np.random.default_rng(0).integers(1, 256, (320, 64, 3), dtype=np.uint8)
PAPER = np.full((320, 64, 3), 210, np.uint8)
PAPER[40:300, 20:30] = 30
ODD = {
    "a text for a number": (0x0100, 2, 2, b"9\0\0\0"),
    "a text for a resolution": (0x011A, 2, 2, b"9\0\0\0"),
    "a type that is none": (0x0110, 99, 1, b"\0\0\0\1"),
    "a place beyond the block": (0x010F, 2, 999, b"\0\xff\xff\xff"),
    "a count beyond all": (0x010F, 12, 0xFFFFFFFF, b"\0\0\0\x08"),
    "a directory that is none": (0x8769, 4, 1, b"\xff\xff\xff\xff"),
    "a directory that is the block": (0x8769, 4, 1, b"\0\0\0\x08"),
    "a broken fraction": (0x011A, 5, 1, b"\0\0\0\x08"),
}


# EXIF


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("first", [True, False])
def test_an_odd_exif_tag_changes_nothing_but_the_orientation_counts(odd: str, form: str, first: bool) -> None:
    tags = (ODD[odd], TURN) if first else (TURN, ODD[odd])
    picture = read_picture(encode(page(200), form, exif=exif(*tags)))
    assert (picture.full_width, picture.full_height) == (30, 40)
    assert picture.pixels.shape == (40, 30, 3)
    assert picture.pixels[:4, -4:].max() < 90


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "block", [b"", b"Exif\0\0", b"Exif\0\0MM\0*", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(40)]
)
def test_a_damaged_exif_block_changes_nothing(form: str, block: bytes) -> None:
    picture = read_picture(encode(page(200), form, exif=block))
    assert (picture.full_width, picture.full_height) == (40, 30)


@pytest.mark.parametrize("tag", [0x011A, 0x0132, 0x8298, 0x9000, 0xC612])
def test_an_odd_tag_of_a_tiff_changes_nothing(tag: int) -> None:
    content = encode(page(200), "TIFF", exif=_orientation(6), software="knn-digits, a text to find")
    there = (0x0131).to_bytes(2, "little") + (2).to_bytes(2, "little")
    odd = tag.to_bytes(2, "little") + (12).to_bytes(2, "little")
    assert content.count(there) == 1
    picture = read_picture(content.replace(there, odd))
    assert (picture.full_width, picture.full_height) == (30, 40)


def _orientation(value: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = value
    return tags


# files that end early


@pytest.mark.parametrize("form", ["JPEG", "BMP", "PPM", "TIFF", "PNG"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_that_lacks_its_last_bytes_is_read_with_a_note(form: str, progressive: bool) -> None:
    options = {"progressive": progressive} if form == "JPEG" else {}
    whole = encode(NOISE, form, **options)
    missing = 40 if form == "PNG" else 2  # the last bytes of a PNG are no pixels
    picture = read_picture(whole[:-missing])
    assert picture.notes == (ENDS_EARLY,)
    assert (picture.full_width, picture.full_height) == (64, 320)
    assert np.abs(picture.pixels[40:280].astype(int) - read_picture(whole).pixels[40:280]).max() <= 40


@pytest.mark.parametrize("form", ["JPEG", "BMP", "PPM", "TIFF"])
@pytest.mark.parametrize("largest", [None, 160])
def test_rows_that_are_missing_show_paper(form: str, largest: int | None) -> None:
    whole = encode(np.maximum(PAPER, NOISE // 20), form)
    cut = whole[: len(whole) * 5 // 6]
    picture = read_picture(cut, largest=largest)
    assert picture.notes == (ENDS_EARLY,)
    assert (picture.full_width, picture.full_height) == (64, 320)
    rows = picture.pixels.shape[0] // 10
    gone = (
        picture.pixels[:rows] if form == "BMP" else picture.pixels[-rows:]
    )  # a BMP begins with its last row
    assert np.abs(gone.astype(int) - 210).max() <= 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "PPM", "TIFF", "WEBP", "GIF"])
def test_a_picture_of_which_less_than_half_is_there_is_damaged(form: str) -> None:
    whole = encode(NOISE, form)
    with pytest.raises(PhotoError, match="damaged"):
        read_picture(whole[: len(whole) * 2 // 5])


def test_a_picture_in_turns_that_ends_early_is_turned_too() -> None:
    whole = encode(NOISE, "JPEG", exif=_orientation(6))
    picture = read_picture(whole[:-2])
    assert (picture.full_width, picture.full_height) == (320, 64)
    assert picture.notes == (ENDS_EARLY,)


def test_what_is_decoded_once_more_is_not_held_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    cropped = []
    crop = Image.Image.crop

    def count(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
        cropped.append((box[2] - box[0]) * (box[3] - box[1]))
        return crop(image, box)

    monkeypatch.setattr(Image.Image, "crop", count)
    monkeypatch.setattr("knn_digits.images.pixels._STRIP", 1000)
    stream = io.BytesIO(encode(NOISE, "PNG")[:-2000])
    with Image.open(stream) as image:
        assert decode(image, stream, None).notes == (ENDS_EARLY,)
        assert image.im.size == (1, 1)  # only what was decoded last is whole
    assert max(cropped) < NOISE[..., 0].size / 2  # strips, and what tells the paper, never the whole


def test_the_last_page_of_a_tiff_may_end_early_and_shows_nothing_of_the_page_before() -> None:
    whole = pages("TIFF", [250, 90])
    (_, first), (_, second) = read_pages(whole[:-900])
    assert isinstance(first, images.Picture)
    assert isinstance(second, images.Picture)
    assert (first.notes, second.notes) == ((), (ENDS_EARLY,))
    assert int(second.pixels.max()) == 90
    (_, first), (_, second) = read_pages(whole[:-3000])
    assert isinstance(second, PhotoError)


def test_a_file_that_does_not_end_early_is_damaged_as_before() -> None:
    whole = bytearray(encode(np.maximum(PAPER, NOISE // 20), "PNG"))
    whole[len(whole) // 2 : len(whole) // 2 + 200] = b"\xff" * 200
    with pytest.raises(PhotoError, match="damaged"):
        read_picture(bytes(whole))


# memory


def test_too_little_memory_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "tobytes", fail)
    with pytest.raises(PhotoError, match="too little memory for this picture: reduce it, or free some"):
        read_picture(encode(page(200), "PNG"))


# anything


def _seeds() -> dict[str, bytes]:
    picture = Image.fromarray(page(200, 24, 32))
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    tags = _orientation(6)
    files = {
        form: encode(picture, form, exif=tags) if form in ("JPEG", "WEBP") else encode(picture, form)
        for form in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
    }
    files |= {f"pages of {form}": pages(form, [250, 90]) for form in ("GIF", "PNG", "WEBP")}
    files |= {"PDF": encode(picture, "PDF"), "clear": encode(clear, "PNG")}
    files |= {"progressive": encode(picture, "JPEG", progressive=True)}
    files |= {"deep": encode(np.arange(768, dtype=np.uint16).reshape(24, 32), "PNG")}
    return files | {"floats": encode(np.ones((24, 32), np.float32), "TIFF")}


def _changed(whole: bytes, chance: random.Random) -> bytes:
    content = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 20))):
        place = chance.randrange(len(content) if chance.random() < 0.5 else min(len(content), 150))
        kind = chance.randrange(4)
        if kind == 0:
            content[place] = chance.randrange(256)
        elif kind == 1:
            content[place : place + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
        elif kind == 2:
            del content[place : place + chance.randrange(1, 9)]
        else:
            content[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        content = content or bytearray(1)
    return bytes(content[: chance.randrange(len(content)) + 1] if chance.random() < 0.1 else content)


@pytest.mark.parametrize("kind", _seeds())
def test_a_file_changed_anywhere_is_read_or_refused_in_one_line(kind: str) -> None:
    whole, chance = _seeds()[kind], random.Random(kind)
    for _ in range(120):
        try:
            found = [picture for _, picture in read_pages(_changed(whole, chance), largest=64)]
        except PhotoError as error:
            found = [error]
        for picture in found:
            assert isinstance(picture, images.Picture) or "\n" not in str(picture)


def test_nothing_is_warned_of_or_left_open(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.tif").write_bytes(pages("TIFF", [250, 90])[:-900])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(read_pages(tmp_path / "a.tif"))
        (tmp_path / "a.tif").unlink()
