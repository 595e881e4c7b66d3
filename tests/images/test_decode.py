import io
import pathlib
import struct
import zlib
from typing import Any

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from knn_digits import images
from knn_digits.errors import PhotoError
from knn_digits.images import encode_png, list_pictures, read_picture

Pixels = NDArray[np.uint8]
ORIENTATION = 0x0112  # the EXIF tag
STORED = {  # how each orientation's camera stores the upright picture
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


def quarters(height: int, width: int) -> Pixels:
    """Return a picture whose four quarters differ: dark, red, green, white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, width // 2 :, 0] = 255
    pixels[height // 2 :, : width // 2, 1] = 255
    pixels[height // 2 :, width // 2 :] = 255
    return pixels


def corners(pixels: Pixels) -> list[list[bool]]:
    """Return what is bright in the middle of each quarter."""
    height, width, _ = pixels.shape
    rows, columns = (height // 4, 3 * height // 4), (width // 4, 3 * width // 4)
    return [(pixels[row, column] > 127).tolist() for row in rows for column in columns]


def encode(image: Image.Image | Pixels, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(np.ascontiguousarray(image))
    picture.save(stream, form, **options)
    return stream.getvalue()


def refusal(source: pathlib.Path | bytes, **options: Any) -> str:
    with pytest.raises(PhotoError) as caught:
        read_picture(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# upright, and its size


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("largest", [None, 100])
def test_every_orientation_comes_out_upright_with_its_full_size(
    orientation: int, form: str, largest: int | None
) -> None:
    upright = quarters(240, 400)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = read_picture(encode(STORED[orientation](upright), form, exif=exif), largest=largest)
    assert (picture.full_width, picture.full_height) == (400, 240)
    assert picture.pixels.shape == ((240, 400, 3) if largest is None else (60, 100, 3))
    assert corners(picture.pixels) == corners(upright)


def test_without_an_orientation_a_lossless_picture_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)
    for form in ("PNG", "TIFF", "BMP", "PPM"):
        picture = read_picture(encode(pixels, form))
        assert picture.pixels.dtype == np.uint8
        assert (picture.pixels == pixels).all()
        assert (picture.full_width, picture.full_height) == (17, 13)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_is_none_changes_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = read_picture(encode(quarters(40, 60), "PNG", exif=exif))
    assert (picture.pixels == quarters(40, 60)).all()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
@pytest.mark.parametrize("largest", [1, 7, 100, 299, 300, 1000])
def test_a_picture_is_reduced_to_at_most_the_largest_side(form: str, largest: int) -> None:
    picture = read_picture(encode(quarters(200, 300), form), largest=largest)
    assert (picture.full_width, picture.full_height) == (300, 200)
    assert max(picture.pixels.shape) <= max(largest, 3)
    if largest >= 300:
        assert picture.pixels.shape == (200, 300, 3)
    elif largest > 1:
        assert max(picture.pixels.shape) > largest / 3  # rounded down twice at most
        assert corners(picture.pixels) == corners(quarters(200, 300))


@pytest.mark.parametrize("size", [(1003, 1001), (1001, 1003), (999, 1000), (1000, 1000), (803, 802)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_that_is_nearly_square_keeps_its_full_size_when_reduced(
    size: tuple[int, int], form: str
) -> None:
    picture = read_picture(encode(Image.new("L", size), form), largest=100)
    assert (picture.full_width, picture.full_height) == size


@pytest.mark.parametrize("size", [(3000, 2), (2, 3000), (900, 1), (8, 1), (1, 1)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("largest", [1, 100])
def test_a_picture_may_be_as_thin_as_a_line(size: tuple[int, int], form: str, largest: int) -> None:
    picture = read_picture(encode(Image.new("RGB", size, "white"), form), largest=largest)
    assert (picture.full_width, picture.full_height) == size
    assert picture.pixels.min() >= 250


# kinds of pixels


def test_what_is_transparent_shows_white_paper() -> None:
    image = Image.new("RGBA", (3, 1))
    image.putpixel((0, 0), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))
    for form in ("PNG", "TIFF"):
        pixels = read_picture(encode(image, form)).pixels[0]
        assert pixels[:2].tolist() == [[0, 0, 0], [255, 255, 255]]
        assert abs(pixels[2].astype(int) - 127).max() <= 1
    lossless = read_picture(encode(image, "WEBP", lossless=True)).pixels[0]
    assert lossless[:2].tolist() == [[0, 0, 0], [255, 255, 255]]


def test_transparent_black_does_not_darken_the_edge_of_a_reduced_picture() -> None:
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 101, 200))
    image.paste((0, 0, 0, 255), (0, 0, 50, 200))
    assert read_picture(encode(image, "PNG"), largest=50).pixels[:, 13:].min() == 255


def test_a_transparent_color_of_a_palette_shows_white_paper() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), mode="P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    for form in ("PNG", "GIF"):
        pixels = read_picture(encode(image, form, transparency=1)).pixels[0]
        assert pixels.tolist() == [[10, 20, 30], [255, 255, 255], [70, 80, 90]]
    grey = read_picture(encode(Image.new("LA", (1, 1), (0, 0)), "PNG"))
    assert grey.pixels.tolist() == [[[255, 255, 255]]]


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_grey_of_16_bits_is_scaled_not_cut_off(form: str) -> None:
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    pixels = read_picture(encode(Image.fromarray(values), form)).pixels
    assert pixels.shape == (1, 5, 3)
    assert np.abs(pixels[0, :, 0] - values[0] / 257).max() <= 1
    assert (pixels == pixels[..., :1]).all()


def test_floats_are_scaled_by_their_largest_value() -> None:
    values = np.array([[0, 0.25, 0.5], [1, 0, 0]], np.float32)
    assert (
        np.abs(read_picture(encode(Image.fromarray(values), "TIFF")).pixels[..., 0] - values * 255) <= 1
    ).all()
    values = np.array([[0, np.nan, -5], [400, np.inf, 200]], np.float32)
    assert read_picture(encode(Image.fromarray(values), "TIFF")).pixels.shape == (2, 3, 3)
    assert not read_picture(encode(Image.fromarray(np.full((2, 3), np.nan, np.float32)), "TIFF")).pixels.any()


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "PPM"])
def test_a_picture_of_one_bit_is_black_on_white(form: str) -> None:
    image = Image.fromarray(np.array([[True, False, True]]))
    assert image.mode == "1"
    assert read_picture(encode(image, form)).pixels[0, :, 1].tolist() == [255, 0, 255]


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_the_four_inks_of_print_become_rgb(form: str) -> None:
    image = Image.fromarray(quarters(160, 160)).convert("CMYK")
    picture = read_picture(encode(image, form))
    assert corners(picture.pixels) == corners(quarters(160, 160))


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF", "WEBP"])
def test_of_several_frames_the_first_is_read(form: str) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    pixels = read_picture(encode(frames[0], form, save_all=True, append_images=frames[1:])).pixels
    assert (pixels[..., 0] > 200).all()
    assert (pixels[..., 2] < 50).all()


# where it comes from


def test_a_file_reads_as_its_bytes_whatever_its_name(tmp_path: pathlib.Path) -> None:
    content = encode(quarters(30, 50), "PNG")
    for name in ("photo.png", "Prüfung №5 数字.png", "no ending", "wrong.jpg", "line\nfeed.png"):
        (tmp_path / name).write_bytes(content)
        assert (read_picture(tmp_path / name).pixels == quarters(30, 50)).all()


def test_reading_a_file_leaves_it_closed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(quarters(30, 50), "PNG"))
    read_picture(tmp_path / "a.png")
    (tmp_path / "a.png").unlink()


def test_a_missing_file_and_a_folder_are_told(tmp_path: pathlib.Path) -> None:
    assert refusal(tmp_path / "none.png") == "cannot open the file: No such file or directory"
    assert refusal(tmp_path).startswith("cannot open the file: ")


@pytest.mark.parametrize("content", [b"\n", b"8317", "sieben №7".encode(), b"<!DOCTYPE html>", bytes(999)])
def test_what_is_no_picture_is_told_with_what_is_allowed(tmp_path: pathlib.Path, content: bytes) -> None:
    (tmp_path / "note.png").write_bytes(content)
    text = refusal(tmp_path / "note.png")
    assert (
        text == "not a picture that can be read: JPEG, PNG, WebP, TIFF, BMP, GIF, PPM, HEIC or PDF is needed"
    )


def test_an_empty_file_is_told_so(tmp_path: pathlib.Path) -> None:
    (tmp_path / "note.png").touch()
    assert refusal(tmp_path / "note.png") == "the file is empty: get it anew"


@pytest.mark.parametrize("form", ["ICO", "EPS", "TGA", "PCX", "SGI", "DDS", "ICNS", "JPEG2000"])
def test_a_format_that_is_not_listed_is_refused(form: str) -> None:
    content = encode(Image.new("RGB", (32, 32)), form)
    assert "JPEG, PNG, WebP, TIFF, BMP, GIF, PPM, HEIC or PDF is needed" in refusal(content)


# hostile and damaged


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG that says it has this size and ends there."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(100))
    chunks = (header, data, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


@pytest.mark.parametrize("size", [(12_000, 12_000), (40_000, 40_000), (1 << 31 - 1, 8), (128_001, 1000)])
@pytest.mark.parametrize("largest", [None, 100])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int], largest: int | None) -> None:
    assert "megapixels" in refusal(png_of_size(*size), largest=largest)


@pytest.mark.parametrize("size", [(1, 128_000_000), (1_000_001, 1)])
def test_a_picture_with_an_endless_side_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert "at most 1,000,000" in refusal(png_of_size(*size))


@pytest.mark.parametrize(
    ("size", "told"), [((12_001, 10_700), 129), ((16_000, 8001), 129), ((14_000, 10_000), 140)]
)
def test_the_size_of_a_picture_that_is_too_large_is_told_above_the_limit(
    size: tuple[int, int], told: int
) -> None:
    assert refusal(png_of_size(*size)).startswith(f"{told} megapixels, at most 128 are allowed")


def test_a_tiff_that_says_it_is_huge_is_refused() -> None:
    content = bytearray(encode(Image.new("L", (300, 300)), "TIFF"))
    changed = bytes(content).replace(struct.pack("<I", 300), struct.pack("<I", 60_000))
    assert changed != bytes(content)
    assert "megapixels" in refusal(changed)


def test_the_bound_is_on_width_times_height() -> None:
    assert images.MAX_PIXELS == 128_000_000
    assert "damaged" in refusal(png_of_size(128_000, 1000))  # just within: decoded, and found too short


MODES = [
    ("JPEG", "RGB"),
    ("JPEG", "CMYK"),
    ("PNG", "RGB"),
    ("PNG", "P"),
    ("PNG", "RGBA"),
    ("WEBP", "RGB"),
    ("BMP", "RGB"),
    ("PPM", "RGB"),
    ("GIF", "P"),
]
WHOLE = {
    f"{form} {mode}": encode(Image.fromarray(quarters(48, 64)).convert(mode), form) for form, mode in MODES
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "PPM"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.4])
def test_a_picture_most_of_which_is_missing_is_damaged(form: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    whole = encode(noise, form)
    assert refusal(whole[: int(len(whole) * share)]).startswith(("the picture is damaged: ", "not a picture"))


@pytest.mark.parametrize("form", WHOLE)
@hypothesis.settings(max_examples=60)
@hypothesis.given(data=st.data(), largest=st.sampled_from([None, 10]))
def test_a_picture_changed_anywhere_is_read_or_refused_with_one_line(
    form: str, data: st.DataObject, largest: int | None
) -> None:
    changed = bytearray(WHOLE[form])
    places = st.integers(0, len(changed) - 1) | st.integers(0, min(len(changed) - 1, 100))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        changed[place] = value
    stop = data.draw(st.just(len(changed)) | places)
    text, channels = "", 3
    try:
        channels = read_picture(bytes(changed[:stop]), largest=largest).pixels.shape[2]
    except PhotoError as error:
        text = str(error)
    assert "\n" not in text
    assert channels == 3


# encoding, and finding


@hypothesis.given(
    hnp.arrays(
        np.uint8,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=9).flatmap(
            lambda shape: st.sampled_from([shape, (*shape, 3)])
        ),
    )
)
def test_a_png_gives_its_pixels_back(pixels: Pixels) -> None:
    content = encode_png(pixels)
    assert content.startswith(b"\x89PNG")
    again = read_picture(content).pixels
    assert (again == (pixels if pixels.ndim == 3 else pixels[..., None])).all()


def test_a_view_is_encoded_as_what_it_shows() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    view = pixels[::-2, ::3]
    assert (read_picture(encode_png(view)).pixels == view).all()


def test_pictures_are_listed_by_their_endings_in_the_order_of_their_names(tmp_path: pathlib.Path) -> None:
    names = [
        "b.JPG",
        "a.png",
        "c.tif",
        "ä.webp",
        "e.jpeg",
        "f.pgm",
        "g.GIF",
        "h.bmp",
        "i.jfif",
        "j.heic",
        "k.pdf",
    ]
    for name in [*names, "note.txt", "png", ".png", "truth.json", "x.ico"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "folder.png" / "inside.png").touch()
    assert list_pictures(tmp_path) == [tmp_path / name for name in sorted(names)]
    assert list_pictures(tmp_path / "folder.png") == [tmp_path / "folder.png" / "inside.png"]


def test_every_ending_belongs_to_one_format_that_pillow_knows() -> None:
    Image.init()
    endings = [ending for group in images.FORMATS.values() for ending in group]
    assert len(endings) == len(set(endings))
    assert set(images.FORMATS) <= set(Image.OPEN)
