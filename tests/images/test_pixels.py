"""Numbers of any depth, and transparent parts, become what a person sees."""

import io
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from knn_digits.images import convert_picture, read_picture
from knn_digits.images.pixels import stretch, strips, to_rgb
from tests.images.files import encode

GREY = np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (24, 1))


def check_shades(content: bytes, *, within: float) -> None:
    pixels = read_picture(content).pixels
    assert (pixels == pixels[..., :1]).all()
    assert np.abs(pixels[..., 0].astype(float) - GREY).max() <= within


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_grey_of_16_bits_may_hold_fewer(bits: int, form: str) -> None:
    values = (GREY.astype(float) * ((1 << bits) - 1) / 255).round().astype(np.uint16)
    check_shades(encode(values, form), within=1)


@pytest.mark.parametrize("bits", [8, 10, 12, 16, 24, 30, 31])
def test_grey_of_32_bits_may_hold_fewer(bits: int) -> None:
    values = (GREY.astype(float) * ((1 << bits) - 1) / 255).round().astype(np.int32)
    check_shades(encode(values, "TIFF"), within=1)


def test_all_32_bits_may_be_used() -> None:
    values = (GREY.astype(np.uint64) << 24).astype(np.uint32)
    content = encode(values.view(np.int32), "TIFF")
    signed, unsigned = (b"\x53\x01\x03\0\1\0\0\0" + bytes([kind]) for kind in (2, 1))
    assert signed in content
    check_shades(content.replace(signed, unsigned), within=1)


@pytest.mark.parametrize("white", [1.0, 255.0, 1023.0, 65535.0])
def test_floats_may_have_any_usual_white(white: float) -> None:
    check_shades(encode((GREY * (white / 255)).astype(np.float32), "TIFF"), within=1)


def test_floats_may_go_a_little_beyond_white_and_below_black() -> None:
    check_shades(encode((GREY * (1.003 / 255)).astype(np.float32), "TIFF"), within=1)
    check_shades(encode((GREY / 127.5 - 1).astype(np.float32), "TIFF"), within=128)
    pixels = read_picture(encode((GREY / 127.5 - 1).astype(np.float32), "TIFF")).pixels
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_leave_the_others_as_they_are(odd: float) -> None:
    values = (GREY / 255).astype(np.float32)
    values[0] = odd
    pixels = read_picture(encode(values, "TIFF")).pixels[1:, :, 0]
    assert np.abs(pixels.astype(int) - GREY[1:]).max() <= 1


def test_white_may_be_zero() -> None:
    values = (65535 - GREY.astype(np.uint16) * 257).astype(np.uint16)
    check_shades(encode(values, "TIFF", tiffinfo={262: 0}), within=1)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N"])
def test_the_order_of_bytes_is_as_the_mode_says(mode: str) -> None:
    order = {"B": ">u2", "N": "=u2"}.get(mode[-1], "<u2")
    values = (GREY.astype(np.uint16) * 257).astype(order)
    image = Image.frombytes(mode, (64, 24), values.tobytes())
    for turned in (image, image.transpose(Image.Transpose.ROTATE_180)):
        pixels = convert_picture(turned).pixels[..., 0].astype(int)
        assert np.abs(np.sort(pixels[0]) - GREY[0]).max() <= 1


@pytest.mark.parametrize("end", [".png", ".tif"])
@pytest.mark.parametrize(("times", "within"), [(257, 1), (16, 17), (4, 64)])
def test_colors_of_16_bits_may_hold_fewer(end: str, times: int, within: int) -> None:
    colors = np.dstack([GREY.astype(np.uint16) * np.uint16(times)] * 3)
    content = cv2.imencode(end, colors)[1].tobytes()
    pixels = read_picture(content).pixels
    assert np.abs(pixels[..., 0].astype(int) - GREY).max() <= within
    assert pixels.max() == 255
    assert read_picture(content).notes == ()


def test_colors_of_16_bits_that_hold_8_are_told() -> None:
    content = cv2.imencode(".png", np.dstack([GREY.astype(np.uint16)] * 3))[1].tobytes()
    assert "are black here: save it with 8 bits" in read_picture(content).notes[0]


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "RGBa", "RGBX", "LA", "La", "PA", "CMYK", "YCbCr", "HSV", "F", "I"]
)
def test_every_mode_of_pillow_shows_the_same(mode: str) -> None:
    grey = Image.fromarray(np.where(GREY > 127, 255, 0).astype(np.uint8))
    steps = {"La": ["LA"], "PA": ["P"], "RGBa": ["RGBA"], "HSV": ["RGB"], "RGBX": ["RGB"], "YCbCr": ["RGB"]}
    image = grey
    for step in [*steps.get(mode, []), mode]:
        image = image.convert(step)
    for largest in (None, 32):
        pixels = convert_picture(image, largest=largest).pixels
        assert pixels[:, :8].max() <= 2
        assert pixels[:, -8:].min() >= 253


def test_lab_shows_its_lightness() -> None:
    even = Image.new("L", (64, 24), 128)
    image = Image.merge("LAB", (Image.fromarray(GREY), even, even))
    check_shades(encode(image, "TIFF"), within=0)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "F", "I;16", "LA"])
@pytest.mark.parametrize("factor", [1, 3, 7])
def test_strips_make_no_difference(mode: str, factor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (61, 50), dtype=np.uint8)
    deep = {"F": np.float32, "I;16": np.uint16}.get(mode)
    image = Image.fromarray(noise if deep is None else noise.astype(deep))
    image = image.convert(mode) if deep is None else image
    whole = to_rgb(image, factor)
    monkeypatch.setattr("knn_digits.images.pixels._STRIP", 400)
    assert len(list(strips(image, factor))) > 1
    assert (to_rgb(image, factor) == whole).all()


# transparent parts


def drawn(ink: int, mode: str, share: float = 0.1) -> Image.Image:
    """Return a stroke of this grey on a ground of which nothing is seen."""
    alpha = np.zeros((40, 40), np.uint8)
    alpha[5:35, 10 : 10 + round(40 * 40 * share / 30)] = 255
    grey = Image.fromarray(np.full((40, 40), ink, np.uint8))
    image = Image.merge("LA", (grey, Image.fromarray(alpha)))
    if mode != "P":
        return image.convert(mode)
    palette = Image.fromarray((alpha > 0).astype(np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, ink, ink, ink])
    palette.info["transparency"] = 0
    return palette


@pytest.mark.parametrize("ink", [0, 60, 128, 200, 230, 245, 255])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_ink_on_a_transparent_ground_is_seen(ink: int, mode: str, share: float) -> None:
    image = drawn(ink, mode, share)
    options: dict[str, Any] = {"transparency": 0} if mode == "P" else {}
    for largest in (None, 20):
        pixels = read_picture(encode(image, "PNG", **options), largest=largest).pixels
        assert int(pixels.max()) - int(pixels.min()) >= 25


def test_a_sheet_with_dark_ink_and_clear_margins_lies_on_white() -> None:
    sheet = np.zeros((100, 100, 4), np.uint8)
    sheet[10:90, 10:90] = 255
    sheet[30:70, 40:60, :3] = 0
    assert read_picture(encode(sheet, "PNG")).pixels[:10].min() == 255


def test_a_transparent_color_without_alpha_counts() -> None:
    image = Image.fromarray(np.where(GREY > 127, 255, 7).astype(np.uint8))
    for mode, clear in (("L", 7), ("RGB", (7, 7, 7))):
        content = encode(image.convert(mode), "PNG", transparency=clear)
        pixels: NDArray[np.uint8] = read_picture(content).pixels
        assert int(pixels.max()) - int(pixels.min()) >= 200  # white ink, so on black
        with Image.open(io.BytesIO(content)) as again:
            assert again.has_transparency_data


def test_colors_of_16_bits_are_stretched_in_place_strip_by_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knn_digits.images.pixels._STRIP", 100)
    pixels = np.random.default_rng(0).integers(0, 4, (50, 30, 4), np.uint8)  # the upper 8 of 10 bits
    image = Image.fromarray(pixels)
    assert stretch(image) is image  # a whole second copy of a large one would not fit beside a turned one
    assert (np.asarray(image) == 85 * pixels).all()
