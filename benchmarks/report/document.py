"""Sections of text, tables and figures -> one HTML page that needs no other file, or Markdown."""

import base64
import html
import itertools
import pathlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.report.page import STYLE
from benchmarks.script import markdown_table

MORE_STYLE = pathlib.Path(__file__).with_name("report.css")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells below a header; the first column names the row."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A PNG that lies beside the document."""

    file: str
    alt: str  # what it shows, for who cannot see it
    caption: str
    gallery: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; `code` in backquotes."""

    words: str


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

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
    style = STYLE.read_text("utf-8") + MORE_STYLE.read_text("utf-8")
    contents = "".join(
        f'<li><a href="#{section.anchor}">{_inline(section.title)}</a></li>' for section in document.sections
    )
    body = "\n".join(_section_html(section, folder) for section in document.sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(document.title)}</title><style>{style}</style></head>\n<body>"
        f"<h1>{_inline(document.title)}</h1><p class=soft>{_inline(document.facts)}</p>\n"
        f'<nav aria-label="Contents"><h2>Contents</h2><ol>{contents}</ol></nav>\n<main>{body}</main>\n'
        "</body></html>\n"
    )


def _section_html(section: Section, folder: pathlib.Path) -> str:
    """Return a section; figures that follow one another stand side by side where there is room."""
    parts = []
    for together, blocks in itertools.groupby(section.blocks, key=lambda block: isinstance(block, Figure)):
        found = [_block_html(block, folder) for block in blocks]
        parts += [f"<div class=figures>{''.join(found)}</div>"] if together else found
    body = "\n".join(parts)
    return f'<section id="{section.anchor}"><h2>{_inline(section.title)}</h2>\n{body}</section>'


def _block_html(block: Block, folder: pathlib.Path) -> str:
    if isinstance(block, Figure):
        return _figure_html(block, folder)
    if isinstance(block, Table):
        return _table_html(block)
    if isinstance(block, Heading):
        return f"<h3>{_inline(block.words)}</h3>"
    return f"<p>{_inline(block.words)}</p>"


def _table_html(block: Table) -> str:
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in block.header)
    rows = "".join(
        f'<tr><th scope="row">{_inline(row[0])}</th>'
        + "".join(f"<td>{_inline(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in block.rows
    )
    label = html.escape(block.caption or block.header[0], quote=True)
    caption = f"<p class=soft>{_inline(block.caption)}</p>" if block.caption else ""
    return (
        f'{caption}<div class=scroll role="region" tabindex="0" aria-label="{label}"><table class=scores>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _figure_html(figure: Figure, folder: pathlib.Path) -> str:
    content = (folder / figure.file).read_bytes()
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))  # PNG's IHDR
    data = base64.b64encode(content).decode("ascii")
    style = " class=gallery" if figure.gallery else ""
    return (
        f'<figure{style}><div class=scroll role="region" tabindex="0" aria-label="Picture">'
        f'<img loading="lazy" width="{width}" height="{height}" alt="{html.escape(figure.alt, quote=True)}" '
        f'src="data:image/png;base64,{data}"></div>'
        f"<figcaption>{_inline(figure.caption)}</figcaption></figure>"
    )


def _inline(words: str) -> str:
    """Return text as HTML; `code` and **strong** as in Markdown."""
    escaped = html.escape(words, quote=False)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped)
