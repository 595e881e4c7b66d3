"""Sections of text, tables and figures -> one HTML page that needs no other file, or Markdown."""

import itertools
import pathlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from benchmarks.report.markdown import markdown_table
from benchmarks.report.pages import render
from knn_digits.reports.pages import data_url


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells below a header; the first column names the row."""

    kind: ClassVar[str] = "table"  # by which the template tells it

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A PNG that lies beside the document."""

    kind: ClassVar[str] = "figure"  # by which the template tells it

    file: str
    alt: str  # what it shows, for who cannot see it
    caption: str
    gallery: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; `code` in backquotes."""

    kind: ClassVar[str] = "text"  # by which the template tells it

    words: str


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar[str] = "heading"  # by which the template tells it

    words: str


Block: TypeAlias = Table | Figure | Text | Heading


@dataclass(frozen=True, kw_only=True)
class Section:
    """What stands under one heading of the table of contents."""

    title: str
    blocks: Sequence[Block]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole report."""

    title: str
    facts: str
    sections: Sequence[Section]


def to_markdown(document: Document) -> str:
    """Return the document as Markdown, its pictures by name."""
    contents = [f"- [{section.title}](#{section.anchor})" for section in document.sections]
    parts = [f"# {document.title}", document.facts, "\n".join(contents)]
    for section in document.sections:
        parts += [f"## {section.title}", *map(_block_markdown, section.blocks)]
    return "\n\n".join(parts) + "\n"


def _block_markdown(block: Block) -> str:
    if isinstance(block, Table):
        return f"{markdown_table(block.header, block.rows)}\n\n{block.caption}".strip()
    if isinstance(block, Figure):
        return f"![{block.alt}]({block.file})\n\n{block.caption}".strip()
    return f"### {block.words}" if isinstance(block, Heading) else block.words


def to_html(document: Document, folder: pathlib.Path) -> str:
    """Return the document as one HTML page that holds its pictures, which lie in the folder."""

    def read(figure: Figure) -> dict[str, int | str]:
        return _read_picture(folder / figure.file)

    return render(
        "report.html", {"title": document.title, "document": document}, side_by_side=_side_by_side, read=read
    )


def _side_by_side(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return figures that follow one another together, where there is room they stand side by side."""
    groups = itertools.groupby(blocks, key=lambda block: isinstance(block, Figure))
    return [list(group) for _, group in groups]


def _read_picture(path: pathlib.Path) -> dict[str, int | str]:
    content = path.read_bytes()
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))  # PNG's IHDR
    return {"width": width, "height": height, "source": data_url(content, "png")}
