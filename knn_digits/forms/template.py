"""form.json <-> Template; what is wrong with a file is told with the name of the field it is wrong in."""

import graphlib
import json
import pathlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from knn_digits.errors import DataError, shown
from knn_digits.forms.checks import RULES
from knn_digits.forms.parts import Part, is_number, is_whole
from knn_digits.forms.records import FREE, Checks, Field, Rect, Template, TemplatePage
from knn_digits.plain import plain
from knn_digits.storage import read_json, write_then_rename

KIND, FORMAT = "knn-digits form", 1
MOST_BYTES = 8 << 20
MOST_FIELDS = 2000
MOST_SIDE = 100_000.0  # of a page, in its unit
UNITS = ("mm", "page")
RESERVED = ("file", "page", "status")  # columns that each table has
TEMPLATE_KEYS = ("kind", "format", "name", "unit", "pages", "fields")
PAGE_KEYS = ("picture", "width", "height", "marks")
FIELD_KEYS = (
    "name", "page", "box", "cells", "gap", "digits", "range", "pattern", "check", "sum_of", "unique"
)  # fmt: skip


def read_template(path: pathlib.Path) -> Template:
    """Return the template that a file holds.

    Raises
    ------
    DataError
        If it cannot be read, is no template, or something in it is not allowed: the field is named.
    """
    try:
        held = read_json(path, most=MOST_BYTES)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{plain(str(path))}: cannot read the template: {reason}") from error
    except ValueError as error:
        remedy = "`knn-digits form draft` makes one"
        raise DataError(f"{plain(str(path))}: this is no template: {error}; {remedy}") from error
    try:
        return parse_template(held, folder=path.parent)
    except DataError as error:
        raise DataError(f"{plain(str(path))}: {error}") from error


def write_template(path: pathlib.Path, template: Template) -> None:
    """Write a template that people can read and change; StorageError if it cannot be written."""
    with write_then_rename(path) as file:
        file.write(template_text(template).encode("utf-8"))


def template_text(template: Template) -> str:
    """Return the template as its file has it, a page and a field a line; `parse_template` reads it."""
    head = {"kind": KIND, "format": FORMAT, "name": template.name, "unit": template.unit}
    top = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    pages, fields = map(_page_as_object, template.pages), map(_as_object, template.fields)
    return f'{top},\n "pages": [\n{_lines(pages)}\n ],\n "fields": [\n{_lines(fields)}\n ]\n}}\n'


def _lines(entries: Iterable[dict[str, Any]]) -> str:
    return ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)


def _page_as_object(page: TemplatePage) -> dict[str, Any]:
    entry: dict[str, Any] = {"picture": page.picture, "width": page.width, "height": page.height}
    return entry | ({"marks": [_rounded(mark) for mark in page.marks]} if page.marks else {})


def _as_object(field: Field) -> dict[str, Any]:
    low, high = field.digits
    digits: Any = "free" if field.digits == FREE else low if low == high else [low, high]
    entry: dict[str, Any] = {"name": field.name, "page": field.page, "box": _rounded(field.box)}
    if field.cells:
        entry |= _cells_as_object(field)
    checks = field.checks
    entry |= {"digits": digits}
    entry |= {"range": list(checks.range)} if checks.range else {}
    entry |= {"pattern": checks.pattern} if checks.pattern else {}
    entry |= {"check": checks.check} if checks.check else {}
    entry |= {"sum_of": list(checks.sum_of)} if checks.sum_of else {}
    return entry | ({"unique": True} if checks.unique else {})


def _cells_as_object(field: Field) -> dict[str, Any]:
    n = len(field.cells)
    gap = field.cells[1][0] - field.cells[0][0] - field.cells[0][2] if n > 1 else 0.0
    even = even_cells(field.box, n, gap)
    tolerance = 0.02 * min(field.box[2:])  # far below what a cell is cut out by
    if all(abs(a - b) <= tolerance for one, two in zip(even, field.cells, strict=True)
           for a, b in zip(one, two, strict=True)):  # fmt: skip
        return {"cells": n} | ({"gap": round(gap, 4)} if round(gap, 4) > 0 else {})
    return {"cells": [_rounded(cell) for cell in field.cells]}


def _rounded(box: Rect) -> list[float]:
    return [round(value, 4) for value in box]


def even_cells(box: Rect, n: int, gap: float) -> tuple[Rect, ...]:
    """Return n equal cells beside each other in a box, with a gap between them."""
    left, top, width, height = box
    wide = (width - gap * (n - 1)) / n
    return tuple((left + k * (wide + gap), top, wide, height) for k in range(n))


def parse_template(held: Any, *, folder: pathlib.Path = pathlib.Path()) -> Template:
    """Return the template that JSON holds; DataError if it is none."""
    whole = Part("", held)
    if not isinstance(held, Mapping) or held.get("kind") != KIND:
        whole.fail(f'this is no template: its kind must be "{KIND}"; `knn-digits form draft` makes one')
    if held.get("format") != FORMAT:
        whole.fail(f"its format is {shown(held.get('format'))}, this version reads {FORMAT}: install another")
    whole.check_keys(TEMPLATE_KEYS)
    unit = whole.text("unit", "mm")
    if unit not in UNITS:
        whole.fail(f"unit must be one of {', '.join(UNITS)}, got {shown(unit)}")
    pages = tuple(_page(number, one, unit) for number, one in enumerate(whole.several("pages"), 1))
    entries = whole.several("fields")
    if len(entries) > MOST_FIELDS:
        whole.fail(f"it has {len(entries)} fields, at most {MOST_FIELDS} are allowed")
    fields = tuple(_field(number, one, pages) for number, one in enumerate(entries, 1))
    _check_names(fields)
    return Template(name=whole.text("name", "form"), unit=unit, pages=pages, fields=fields, folder=folder)


def _page(number: int, held: Any, unit: str) -> TemplatePage:
    part = Part(f"page {number}", held)
    part.check_keys(PAGE_KEYS)
    picture = part.text("picture")
    if pathlib.PurePath(picture).name != picture:
        part.fail(f"picture must be the name of a file beside the template, got {shown(picture)}")
    width, height = (
        1.0 if unit == "page" else part.number(side, above=0, most=MOST_SIDE) for side in ("width", "height")
    )
    page = TemplatePage(picture=picture, width=width, height=height)
    return replace(page, marks=_marks(part, held.get("marks"), page))


def _marks(part: Part, value: object, page: TemplatePage) -> tuple[Rect, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) != 4:
        part.fail(f"marks must be the boxes of four, from the left top one clockwise, got {shown(value)}")
    return tuple(_box(part, "marks", one, page) for one in value)


def _field(number: int, held: Any, pages: Sequence[TemplatePage]) -> Field:
    named = isinstance(held, Mapping) and isinstance(held.get("name"), str)
    part = Part(f"field {shown(held['name'])}" if named else f"field {number}", held)
    part.check_keys(FIELD_KEYS)
    name = part.text("name")
    page = part.whole("page", 1, most=len(pages))
    box = _box(part, "box", held.get("box"), pages[page - 1])
    cells = _cells(part, box, pages[page - 1])
    return Field(
        name=name, page=page, box=box, cells=cells, digits=_digits(part, len(cells)), checks=_checks(part)
    )


def _box(part: Part, key: str, value: object, page: TemplatePage) -> Rect:
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        part.fail(f"{key} must be [left, top, width, height], got {shown(value)}")
    left, top, width, height = map(float, value)
    if width <= 0 or height <= 0 or left < 0 or top < 0:
        part.fail(f"{key} must have a width and a height above 0 and begin on the page, got {shown(value)}")
    if left + width > page.width * 1.001 or top + height > page.height * 1.001:
        part.fail(f"{key} must lie on the page of {page.width:g} by {page.height:g}, got {shown(value)}")
    return left, top, width, height


def _cells(part: Part, box: Rect, page: TemplatePage) -> tuple[Rect, ...]:
    value, gap = part.held.get("cells"), part.held.get("gap", 0)
    if value is None:
        if "gap" in part.held:
            part.fail("gap is between cells, and it has none")
        return ()
    if isinstance(value, list) and value:
        return tuple(_cell(part, box, one, page) for one in value)
    if not is_whole(value) or not 1 <= value <= FREE[1]:
        part.fail(f"cells must be 1 to {FREE[1]} or a list of boxes, got {shown(value)}")
    if not is_number(gap) or not 0 <= gap * max(1, value - 1) < box[2]:
        part.fail(f"gap must be a number from 0 on that leaves room for the cells, got {shown(gap)}")
    return even_cells(box, int(value), float(gap))


def _cell(part: Part, box: Rect, value: object, page: TemplatePage) -> Rect:
    cell = _box(part, "cells", value, page)
    for begin, size, middle in zip(
        box[:2], box[2:], (cell[0] + cell[2] / 2, cell[1] + cell[3] / 2), strict=True
    ):
        if not begin < middle < begin + size:
            part.fail(f"cells must lie in its box, got {shown(value)}")
    return cell


def _digits(part: Part, cells: int) -> tuple[int, int]:
    value = part.held.get("digits", "free")
    if value == "free":
        return FREE
    found = (value, value) if is_whole(value) else value
    if not isinstance(found, list | tuple) or len(found) != 2 or not all(map(is_whole, found)):
        part.fail(f'digits must be a number, [least, most] or "free", got {shown(value)}')
    low, high = found
    if not 1 <= low <= high <= FREE[1] or 0 < cells < high:
        part.fail(f"digits must be 1 to {cells or FREE[1]}, the least first, got {shown(value)}")
    return low, high


def _checks(part: Part) -> Checks:
    held = part.held
    given: dict[str, Callable[[Part, Any], Any]] = {
        "range": _range, "pattern": _pattern, "check": _rule, "sum_of": _sum_of, "unique": _unique
    }  # fmt: skip
    return Checks(**{key: parse(part, held[key]) for key, parse in given.items() if key in held})


def _range(part: Part, value: Any) -> tuple[float, float]:
    fits = isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
    if not fits or value[0] > value[1]:
        part.fail(f"range must be [least, most], got {shown(value)}")
    return value[0], value[1]


def _pattern(part: Part, value: Any) -> str:
    try:
        re.compile(value)
    except (re.error, TypeError) as error:
        part.fail(f"pattern must be a regular expression, got {shown(value)}: {error}")
    return str(value)


def _rule(part: Part, value: Any) -> str:
    if not isinstance(value, str) or value not in RULES:
        part.fail(f"check must be one of {', '.join(RULES)}, got {shown(value)}")
    return str(value)


def _sum_of(part: Part, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        part.fail(f"sum_of must be a list of names of fields, got {shown(value)}")
    return tuple(value)


def _unique(part: Part, value: Any) -> bool:
    if not isinstance(value, bool):
        part.fail(f"unique must be true or false, got {shown(value)}")
    return bool(value)


def _check_names(fields: Sequence[Field]) -> None:
    """Raise DataError where a name is taken twice or unknown."""
    seen: dict[str, Field] = {}
    for field in fields:
        part = Part(f"field {shown(field.name)}", None)
        if field.name in seen or field.name in RESERVED or field.name.endswith((".probability", ".status")):
            part.fail("its name is taken: each column of the table needs its own")
        seen[field.name] = field
    _check_sums(fields, seen)


def _check_sums(fields: Sequence[Field], known: Mapping[str, Field]) -> None:
    """Raise DataError where a sum names no other field of its page, or leads back to itself."""
    for field in fields:
        for name in field.checks.sum_of:
            if name == field.name or name not in known or known[name].page != field.page:
                part = Part(f"field {shown(field.name)}", None)
                part.fail(f"sum_of names {shown(name)}, which is no other field of its page")
    try:
        graphlib.TopologicalSorter({field.name: field.checks.sum_of for field in fields}).prepare()
    except graphlib.CycleError as error:
        around = error.args[1]
        part = Part(f"field {shown(around[0])}", None)
        part.fail(f"sum_of leads back to it: {plain(', '.join(around))}")
