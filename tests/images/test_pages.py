import io
import pathlib
import struct

import numpy as np
import pytest
from PIL import Image

from knn_digits import images
from knn_digits.errors import PhotoError
from knn_digits.images import bounds, read_pages, read_picture, split_page
from knn_digits.images.pages import MAX_WEBP
from tests.images.files import encode, page, pages

GREYS = [250, 160, 90]
ANOTHER = "page=2 in Python reads another, scan.tif[2] that of a file"


def shades(content: bytes | pathlib.Path) -> list[tuple[str, int]]:
    """Return the mark and the grey of each page."""
    found = []
    for mark, picture in read_pages(content):
        assert isinstance(picture, images.Picture)
        found.append((mark, int(np.median(picture.pixels))))
    return found


@pytest.mark.parametrize("form", ["TIFF", "GIF", "WEBP", "PNG"])
def test_every_page_of_a_file_is_read(form: str) -> None:
    found = shades(pages(form, GREYS))
    assert [mark for mark, _ in found] == ["[1]", "[2]", "[3]"]
    assert np.abs(np.subtract([grey for _, grey in found], GREYS)).max() <= 3  # GIF has a palette


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "GIF", "WEBP", "PNG", "BMP", "PPM"])
def test_a_page_that_is_alone_has_no_number(form: str) -> None:
    (found,) = read_pages(encode(page(200), form))
    assert found[0] == ""
    assert isinstance(found[1], images.Picture)
    assert (found[1].pages, found[1].notes) == (1, ())


def test_what_a_jpeg_holds_beside_its_photo_is_no_page() -> None:
    content = encode(page(200), "MPO", save_all=True, append_images=[Image.fromarray(page(90))])
    assert [mark for mark, _ in read_pages(content)] == [""]
    assert read_picture(content).notes == ()


def test_smaller_copies_and_masks_in_a_tiff_are_no_pages() -> None:
    stream = io.BytesIO()
    Image.fromarray(page(250)).save(
        stream, "TIFF", save_all=True, append_images=[Image.fromarray(page(90, 15, 20))]
    )
    content = stream.getvalue()
    assert len(list(read_pages(content))) == 2
    before, tag, after = content.rpartition(
        struct.pack("<HHLH", 284, 3, 1, 1)
    )  # which only says what is usual
    preview = before + struct.pack("<HHLH", 254, 3, 1, 1) + after
    assert tag
    assert [mark for mark, _ in read_pages(preview)] == [""]


@pytest.mark.parametrize("form", ["TIFF", "GIF", "WEBP", "PNG"])
def test_one_of_several_pages_is_read_with_a_note_that_names_the_others(
    form: str, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "scan.x"
    path.write_bytes(pages(form, GREYS))
    picture = read_picture(path)
    assert (picture.pages, picture.notes) == (3, ("page 1 of 3: name it scan.x[2] for another",))
    assert read_picture(path.read_bytes()).notes == (f"page 1 of 3: {ANOTHER}",)
    for second in (
        read_picture(path, page=2),
        read_picture(path.with_name("scan.x[2]")),
        read_picture(path.read_bytes(), page=2),
    ):
        assert second.notes == ()
        assert abs(int(np.median(second.pixels)) - GREYS[1]) <= 3
    assert len(list(read_pages(path.with_name("scan.x[2]")))) == 1


def test_a_file_whose_name_ends_like_a_page_is_that_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.png[2]").write_bytes(encode(page(100), "PNG"))
    (tmp_path / "a.png").write_bytes(pages("PNG", GREYS))
    assert split_page(tmp_path / "a.png[2]") == (tmp_path / "a.png[2]", None)
    assert split_page(tmp_path / "a.png[3]") == (tmp_path / "a.png", 3)
    for name in ("a.png[0]", "a.png[x]", "[2]", "a.png[2]x", "a.png[-1]", "a.png"):
        assert split_page(tmp_path / "b" / name) == (tmp_path / "b" / name, None)


@pytest.mark.parametrize("number", [4, 0, -1, 999_999])
def test_a_page_that_is_not_there_is_told(number: int) -> None:
    with pytest.raises(PhotoError, match=rf"there is no page {number}: the file has 3"):
        read_picture(pages("TIFF", GREYS), page=number)
    with pytest.raises(PhotoError, match=rf"there is no page {number}: the file has one"):
        read_picture(encode(page(9), "PNG"), page=number)


@pytest.mark.parametrize("form", ["TIFF", "GIF", "PNG"])
def test_of_a_file_with_more_pages_than_are_read_in_one_go_the_rest_is_named(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_TOTAL", 2 * bounds.LEAST_PAGE)
    found = list(read_pages(pages(form, [*GREYS, 30])))
    assert [mark for mark, _ in found] == ["[1]", "[2]", "[3]"]
    assert isinstance(found[1][1], images.Picture)
    assert "pages 3 to 4 are not read" in str(found[2][1])
    assert "name one of them, as photo[3]" in str(found[2][1])


def test_pages_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bounds.MAX_PAGES * bounds.LEAST_PAGE <= bounds.MAX_TOTAL
    monkeypatch.setattr("knn_digits.images.pages.MAX_PAGES", 2)
    picture = read_picture(pages("TIFF", [*GREYS, 30]))
    assert picture.pages == 3
    assert picture.notes == (f"page 1 of many: {ANOTHER}",)


def test_a_damaged_page_is_told_and_the_others_of_a_tiff_are_read() -> None:
    whole = pages("TIFF", GREYS)
    with Image.open(io.BytesIO(whole)) as image:
        image.seek(1)
        place = image.tile[0][2]
    # Where its pixels begin is the only number of that size in the second directory.
    damaged = whole.replace(place.to_bytes(4, "little"), (len(whole) + 9).to_bytes(4, "little"))
    assert damaged != whole
    found = [(mark, type(picture)) for mark, picture in read_pages(damaged)]
    assert found == [("[1]", images.Picture), ("[2]", PhotoError), ("[3]", images.Picture)]


def test_a_gif_that_ends_early_gives_the_pages_before() -> None:
    whole = pages("GIF", GREYS)
    found = list(read_pages(whole[: len(whole) * 9 // 10]))
    assert isinstance(found[0][1], images.Picture)
    assert len(found) <= 3


# formats that need one more package


def test_a_pdf_gives_its_pages_at_300_dots_an_inch() -> None:
    pytest.importorskip("pypdfium2", reason="needs the extra `pdf`")
    first, second = (Image.fromarray(page(grey, 110, 85)) for grey in (250, 90))
    content = encode(first, "PDF", save_all=True, append_images=[second], resolution=10)
    found = list(read_pages(content, largest=500))
    assert [mark for mark, _ in found] == ["[1]", "[2]"]
    for (_, picture), grey in zip(found, (250, 90), strict=True):
        assert isinstance(picture, images.Picture)
        assert (picture.full_width, picture.full_height) == (2550, 3300)
        assert max(picture.pixels.shape) in (499, 500, 501)
        assert abs(int(np.median(picture.pixels)) - grey) <= 6
        assert picture.pixels[5, 5].max() < 60  # upright
    assert read_picture(content, page=2, largest=100).notes == ()


def test_a_pdf_page_of_any_size_has_bounded_pixels() -> None:
    pytest.importorskip("pypdfium2", reason="needs the extra `pdf`")
    content = encode(Image.new("L", (200, 200), 255), "PDF", resolution=1)  # 200 by 200 inches
    picture = read_picture(content, largest=100)
    assert picture.full_width * picture.full_height <= bounds.MAX_PIXELS
    assert picture.full_width > 11_000


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_damaged_pdf_is_told(share: float) -> None:
    pytest.importorskip("pypdfium2", reason="needs the extra `pdf`")
    content = encode(Image.fromarray(page(200)), "PDF")
    with pytest.raises(PhotoError, match="the PDF cannot be opened: "):
        read_picture(content[: int(len(content) * share)])


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_heic_photo_is_upright_once(orientation: int) -> None:
    heif = pytest.importorskip("pillow_heif", reason="needs the extra `heic`")
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(page(250, 64, 96))
    stream = io.BytesIO()
    image = heif.from_pillow(stored)
    image.info["exif"] = exif.tobytes()
    image.save(stream, quality=90)
    with Image.open(io.BytesIO(encode(stored, "PNG", exif=exif))) as same:
        assert same.getexif()[0x0112] == orientation
    expected = read_picture(encode(stored, "PNG", exif=exif))
    picture = read_picture(stream.getvalue())
    assert picture.pixels.shape == expected.pixels.shape
    assert (picture.full_width, picture.full_height) == (expected.full_width, expected.full_height)
    assert np.abs(picture.pixels.astype(int) - expected.pixels).mean() < 4


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"%PDF-1.4 or anything", "pdf"), (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic")],
)
def test_without_its_package_a_format_is_named_with_what_to_install(
    content: bytes, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PhotoError, match=rf"needs one more package: pip install 'knn-digits\[{part}\]'"):
        read_picture(content)


def test_a_webp_has_a_bound_of_its_own_as_its_decoder_needs_more_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert 16 * MAX_WEBP < 1.5e9  # bytes: four copies of four bytes a pixel
    monkeypatch.setattr("knn_digits.images.pages.MAX_WEBP", 1000)
    with pytest.raises(PhotoError, match="megapixels, at most 0 are allowed: reduce it first"):
        read_picture(encode(page(200), "WEBP"))
    assert read_picture(encode(page(200), "PNG")).full_width == 40
