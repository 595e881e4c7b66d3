"""A photo of any number of pages -> what is read on each, or why it cannot be."""

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from knn_digits.errors import PhotoError
from knn_digits.images import Picture, read_pages
from knn_digits.memory import return_memory
from knn_digits.reading import LARGEST, Reader, Reading, Stages

# pixels of a photo after which memory is given back: it takes longer than a smaller one saves
LARGE = 3_000_000

Task: TypeAlias = "tuple[str, pathlib.Path | bytes | PhotoError]"  # a photo's name and content, or its error
Result: TypeAlias = "tuple[str, Reading | PhotoError]"  # a page's name, and what is read there


def pages_of(task: Task) -> Iterator[tuple[str, Picture | PhotoError]]:
    """Yield each page of a photo; those of one file have its name with [1], [2] and so on."""
    name, content = task
    if isinstance(content, PhotoError):
        yield name, content
        return
    try:
        for mark, picture in read_pages(content, largest=LARGEST):
            yield name + mark, picture
    except PhotoError as error:
        yield name, error


@dataclass(frozen=True, eq=False)
class Page:
    """A page, and what was made of it."""

    name: str
    picture: Picture
    reading: Reading
    stages: Stages


@dataclass(frozen=True, eq=False)
class Read:
    """How photos are read."""

    reader: Reader
    min_probability: float = 0.0

    def pages(self, task: Task) -> Iterator[Page | tuple[str, PhotoError]]:
        """Yield what is read on each page of a photo, or why it cannot be."""
        for name, picture in pages_of(task):
            yield self._page(name, picture)

    def _page(self, name: str, picture: Picture | PhotoError) -> Page | tuple[str, PhotoError]:
        if isinstance(picture, PhotoError):
            return name, picture
        try:
            return Page(
                name, picture, *self.reader.read_stages(picture, min_probability=self.min_probability)
            )
        except PhotoError as error:
            return name, error
        except MemoryError:
            return name, PhotoError("it needs more memory than there is: reduce the photo first")


def read_pages_of(task: Task, *, read: Read) -> list[Result]:
    """Return what is read on each page of a photo."""
    return [(page.name, page.reading) if isinstance(page, Page) else page for page in read.pages(task)]


def give_back(results: list[Result]) -> list[Result]:
    """Return results, when what a large photo took is given back: it was kept beside what the next takes."""
    small = (isinstance(one, Reading) and one.width * one.height <= LARGE for _, one in results)
    if not all(small):
        return_memory()
    return results
