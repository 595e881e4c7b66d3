"""A photo of any number of pages -> what is read on each, or why it cannot be."""

import functools
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from knn_digits.errors import PhotoError
from knn_digits.images import Picture, read_pages
from knn_digits.memory import return_memory
from knn_digits.reading import LARGEST, Reader, Reading, Stages, read_held

# pixels of a photo after which memory is given back: it takes longer than a smaller one saves
LARGE = 3_000_000

_Found = TypeVar("_Found")

Task: TypeAlias = "tuple[str, pathlib.Path | bytes | PhotoError]"  # a photo's name and content, or its error
Result: TypeAlias = "tuple[str, Reading | PhotoError]"  # a page's name, and what is read there


def pages_of(task: Task) -> Iterator[tuple[str, Picture | PhotoError]]:
    """Yield each page of a photo; those of one file have its name with [1], [2] and so on."""
    name, content = task
    if isinstance(content, PhotoError):
        yield name, content
        return
    try:
        # Without a variable, which would hold a picture as long as it is looked at.
        yield from map(functools.partial(_named, name), read_pages(content, largest=LARGEST))
    except PhotoError as error:
        yield name, error


def _named(name: str, page: "tuple[str, Picture | PhotoError]") -> "tuple[str, Picture | PhotoError]":
    mark, picture = page
    return name + mark, picture


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
        least = self.min_probability
        found = _or_error(lambda: self.reader.read_stages(picture, min_probability=least))
        return (name, found) if isinstance(found, PhotoError) else Page(name, picture, *found)

    def readings(self, task: Task) -> Iterator[Result]:
        """Yield what is read on each page of a photo, with less memory."""
        for name, picture in pages_of(task):
            if isinstance(picture, PhotoError):
                yield name, picture
                continue
            pictures = [picture]
            del picture
            yield (
                name,
                _or_error(
                    functools.partial(read_held, self.reader, pictures, min_probability=self.min_probability)
                ),
            )


def _or_error(read: Callable[[], _Found]) -> _Found | PhotoError:
    try:
        return read()
    except PhotoError as error:
        return error
    except MemoryError:
        return PhotoError("it needs more memory than there is: reduce the photo first")


def read_pages_of(task: Task, *, read: Read) -> list[Result]:
    """Return what is read on each page of a photo."""
    return list(read.readings(task))


def give_back(results: list[Result]) -> list[Result]:
    """Return results, when what a large photo took is given back: it was kept beside what the next takes."""
    small = (isinstance(one, Reading) and one.width * one.height <= LARGE for _, one in results)
    if not all(small):
        return_memory()
    return results
