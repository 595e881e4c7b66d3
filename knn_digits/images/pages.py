"""A picture file -> its pages. The only place that opens a picture."""

import contextlib
import pathlib
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Protocol

from PIL import Image

from knn_digits.errors import PhotoError
from knn_digits.images import bounds
from knn_digits.images.bounds import DAMAGED, MAX_PAGES, MAX_PIXELS, check_size, one_line
from knn_digits.images.decode import Picture, decode
from knn_digits.images.folders import FORMATS, missing_part
from knn_digits.images.source import open_source, split_page

_ANIMATED = ("GIF", "PNG", "WEBP")  # whose pages are changes of the one before
_ONE_PHOTO = (
    "JPEG",
    "MPO",
)  # what else such a file holds is the other eye's view, a preview or a map of light
_SUBFILE, _NO_PAGE = 254, 0b101  # TIFF's tag, and its bits for a smaller copy and for a mask
MAX_WEBP = MAX_PIXELS * 5 // 8  # its decoder holds four copies, where others hold two at most
_HEAD = 1024  # bytes in which a PDF must name itself
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")


class _Pages(Protocol):
    """The pages of an open file, numbered from 1."""

    count: int
    builds_up: bool  # a page is a change of the one before: after a damaged one there are no others

    def pixels(self, number: int) -> int: ...
    def read(self, number: int, largest: int | None) -> Picture: ...
    def close(self) -> None: ...


class _PillowPages:
    def __init__(self, image: Image.Image, stream: BinaryIO) -> None:
        self._image, self._stream = image, stream
        self.builds_up = image.format in _ANIMATED
        check_size(*image.size, most=MAX_WEBP if image.format == "WEBP" else MAX_PIXELS)
        self._frames = _find_frames(image)
        self.count = len(self._frames)

    def pixels(self, number: int) -> int:
        if self.count > 1:
            self._image.seek(self._frames[number - 1])
        return self._image.width * self._image.height

    def read(self, number: int, largest: int | None) -> Picture:
        if self.count > 1:
            self._image.seek(self._frames[number - 1])
        return decode(self._image, self._stream, largest)

    def close(self) -> None:
        self._image.close()


def read_picture(
    source: pathlib.Path | bytes, *, page: int | None = None, largest: int | None = None
) -> Picture:
    """Decode a picture, turned upright by its EXIF tag, transparent parts on paper.

    Parameters
    ----------
    source : path or bytes
        The file, or its content. A path may end in the number of a page, as `scan.tif[2]`.
    page : int, optional
        Which one is read of several, from 1. By default it is the first, and the picture's notes say how many
        there are.
    largest : int, optional
        Pixels. If given, the longest side is reduced to about this, at most, while decoding.

    Returns
    -------
    Picture

    Raises
    ------
    PhotoError
        If the file cannot be opened, is in no allowed format, is too large or damaged, or has no such page.
    """
    path, named = _split(source)
    number = named if page is None else page
    with _open(path) as pages:
        wanted = 1 if number is None else number
        if not 1 <= wanted <= pages.count:
            raise PhotoError(f"there is no page {number}: {_how_many(pages.count)}")
        with one_line():
            picture = replace(pages.read(wanted, largest), pages=pages.count)
        if number is None and pages.count > 1:
            return _noted(picture, source, pages.count)
        return picture


def read_pages(
    source: pathlib.Path | bytes, *, largest: int | None = None
) -> Iterator[tuple[str, Picture | PhotoError]]:
    """Yield the pages of a picture file, each with what its name has beyond the file's, as [2].

    A file of one page, and a path that names a page, give it without. A page that cannot be read gives its
    error; where those beyond `MAX_TOTAL` pixels begin, one error tells all of them.

    Raises
    ------
    PhotoError
        If the file cannot be opened at all.
    """
    path, named = _split(source)
    if named is not None:
        yield "", read_picture(source, largest=largest)
        return
    with _open(path) as pages:
        if pages.count > 1:
            yield from _read_several(pages, source, largest)
            return
        with one_line():
            pictures = [pages.read(1, largest)]
    # Not before the file is closed, which holds its pixels, too; and who takes it may give its memory back.
    yield "", pictures.pop()


def _read_several(
    pages: _Pages, source: pathlib.Path | bytes, largest: int | None
) -> Iterator[tuple[str, Picture | PhotoError]]:
    total = 0
    for number in range(1, pages.count + 1):
        found: Picture | PhotoError
        try:
            with one_line():
                total += max(bounds.LEAST_PAGE, pages.pixels(number))
                if total > bounds.MAX_TOTAL and number > 1:
                    raise _too_many(number, pages.count, source)
                found = replace(pages.read(number, largest), pages=pages.count)
        except PhotoError as error:
            found = error
        yield f"[{number}]", found
        if total > bounds.MAX_TOTAL or (isinstance(found, PhotoError) and pages.builds_up):
            return


def convert_picture(image: Image.Image, *, largest: int | None = None) -> Picture:
    """Return a picture that Pillow holds as `read_picture` returns that of a file; it stays as it is.

    Raises
    ------
    PhotoError
        If it has no pixels or too many, or its file turns out to be damaged.
    """
    with one_line(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decode(image.copy(), None, largest)
        except DAMAGED:
            stream = getattr(image, "fp", None)
            if stream is None:  # all of it is in memory
                raise
            return decode(_open_again(image, stream), stream, largest)


def _open_again(image: Image.Image, stream: BinaryIO) -> Image.Image:
    """Return the same page of a picture's file, of which nothing is loaded."""
    stream.seek(0)
    again = Image.open(stream, formats=[str(image.format)])
    again.seek(image.tell())
    return again


def _split(source: pathlib.Path | bytes) -> tuple[pathlib.Path | bytes, int | None]:
    return (source, None) if isinstance(source, bytes) else split_page(source)


@contextlib.contextmanager
def _open(source: pathlib.Path | bytes) -> Iterator[_Pages]:
    with open_source(source) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # our own bounds are checked, and damage raises
        with one_line():
            pages = _pages(stream)
        with contextlib.closing(pages):
            yield pages


def _pages(stream: BinaryIO) -> _Pages:
    head = stream.read(_HEAD)
    if not head:
        raise PhotoError("the file is empty: get it anew")
    stream.seek(0)
    if b"%PDF-" in head:
        return _pdf_pages(stream)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return _PillowPages(_open_heic(stream), stream)
    return _PillowPages(Image.open(stream, formats=list(FORMATS)), stream)


def _pdf_pages(stream: BinaryIO) -> _Pages:
    if missing := missing_part("PDF"):
        raise PhotoError(f"a PDF needs one more package: {missing}")
    from knn_digits.images.pdf import PdfPages

    return PdfPages(stream)


def _open_heic(stream: BinaryIO) -> Image.Image:
    if missing := missing_part("HEIC"):
        raise PhotoError(f"a HEIC photo needs one more package: {missing}")
    from pillow_heif import HeifImageFile

    return HeifImageFile(stream)  # type: ignore[no-untyped-call]


def _find_frames(image: Image.Image) -> list[int]:
    """Return which of a file's pictures are pages."""
    if image.format in _ONE_PHOTO:
        return [0]
    if image.format != "TIFF":
        return list(range(max(1, min(getattr(image, "n_frames", 1), MAX_PAGES + 1))))
    frames, last = [], 0
    try:
        for last in range(MAX_PAGES + 1):
            image.seek(last)
            if not int(image.tag_v2.get(_SUBFILE, 0)) & _NO_PAGE:  # type: ignore[attr-defined]
                frames.append(last)
    except EOFError:
        pass
    except DAMAGED:
        frames.append(last)  # reading it tells
    with contextlib.suppress(*DAMAGED):
        image.seek(0)
    return frames or [0]


def _noted(picture: Picture, source: pathlib.Path | bytes, count: int) -> Picture:
    another = (
        "page=2 in Python reads another, scan.tif[2] that of a file"
        if isinstance(source, bytes)
        else f"name it {source.name}[2] for another"
    )
    note = f"page 1 of {count if count <= MAX_PAGES else 'many'}: {another}"
    return replace(picture, notes=(note, *picture.notes))


def _too_many(number: int, count: int, source: pathlib.Path | bytes) -> PhotoError:
    name = "photo" if isinstance(source, bytes) else source.name
    last = f"{number} to {count}" if count <= MAX_PAGES else f"{number} and those after it"
    return PhotoError(
        f"pages {last} are not read: all pages of a file together may have {bounds.MAX_TOTAL // 1_000_000} "
        f"megapixels; name one of them, as {name}[{number}]"
    )


def _how_many(count: int) -> str:
    return "the file has one" if count == 1 else f"the file has {count}"
