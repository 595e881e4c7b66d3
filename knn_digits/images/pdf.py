"""A PDF -> its pages as pictures, by `pypdfium2` (extra `pdf`)."""

import threading
from typing import Any, BinaryIO

import numpy as np

from knn_digits.errors import PhotoError
from knn_digits.images.bounds import MAX_PIXELS, check_size
from knn_digits.images.decode import Picture

RESOLUTION = 300  # dots per inch, in which boxes are counted; pages above MAX_PIXELS have fewer
_POINTS = 72  # an inch, in the unit of PDF
_ONE_AT_A_TIME = threading.Lock()  # PDFium may not be called by two threads at once


class PdfPages:
    """The pages of an open PDF."""

    builds_up = False

    def __init__(self, stream: BinaryIO) -> None:
        import pypdfium2

        with _ONE_AT_A_TIME:
            try:
                self._document = pypdfium2.PdfDocument(stream)
                self.count = len(self._document)
            except pypdfium2.PdfiumError as error:
                raise PhotoError(f"the PDF cannot be opened: {error}") from error
        if not self.count:
            raise PhotoError("the PDF has no pages")

    def pixels(self, number: int) -> int:
        """Return how many pixels a page has."""
        width, height = self._size(number)
        return width * height

    def read(self, number: int, largest: int | None) -> Picture:
        """Return a page on white paper."""
        width, height = self._size(number)
        check_size(width, height)
        scale = min(1.0, (largest or max(width, height)) / max(width, height))
        with _ONE_AT_A_TIME:
            page = self._document[number - 1]
            bitmap = page.render(scale=scale * width / page.get_width(), rev_byteorder=True)
            pixels = np.array(bitmap.to_numpy()[..., :3])
            bitmap.close()
            page.close()
        return Picture(pixels=pixels, full_width=width, full_height=height)

    def close(self) -> None:
        """Free what PDFium holds."""
        with _ONE_AT_A_TIME:
            self._document.close()

    def _size(self, number: int) -> tuple[int, int]:
        with _ONE_AT_A_TIME:
            sides: Any = self._document.get_page_size(number - 1)
        scale = RESOLUTION / _POINTS
        scale = min(scale, (MAX_PIXELS / (sides[0] * sides[1])) ** 0.5 * (1 - 1e-4))
        return max(1, int(sides[0] * scale)), max(1, int(sides[1] * scale))
