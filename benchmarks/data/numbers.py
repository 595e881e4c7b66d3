"""Sources of rooms of the package -> the numbers at the tops of their modules, with unit and meaning.

The list is taken from the sources themselves, so it is always true: the comment beside a number tells both.
"""

import ast
import contextlib
import functools
import importlib
import pathlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import knn_digits
from knn_digits.photo.numbers import numbers_of

PACKAGE = pathlib.Path(knn_digits.__file__).parent
ROOMS = ("photo", "reading")
ALL = (*ROOMS, "tables")
BOUNDS = {"AGAIN", "FITS", "HELD", "LARGE", "LARGEST", "MOST", "MOST_AREA", "MOST_CUT", "MOST_PARTS"}
BOUNDS |= {"MOST_PIECES", "OBJECTS", "ROWS", "SAMPLE", "SOFT"}
TOLD = {"reading.reasons", "reading.warn"}  # modules whose numbers decide what is told, not what is read
READING = "reading"  # the kind of numbers that decide what is read

Value = float | int
Values = Value | tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number at the top of a module."""

    module: str  # below `knn_digits`
    name: str
    value: Values
    meaning: str  # with its unit
    compared: bool = False  # with others on photos, by `benchmarks.learn_numbers`

    @property
    def kind(self) -> str:
        """What it decides: what is read, what is told of it, or how much memory and time that takes."""
        if self.name in BOUNDS:
            return "memory and time"
        return "what is told" if self.module in TOLD else READING

    @property
    def others(self) -> list[Values]:
        """Half and double, or, of a list of more than two, all but each of them.

        A share of a half or more is not doubled: what it lacks of the whole is halved.
        """
        if isinstance(self.value, tuple) and len(self.value) > 2:
            return [self.value[:place] + self.value[place + 1 :] for place in range(len(self.value))]
        if isinstance(self.value, tuple):
            found: list[Values] = [tuple(_times(one, by) for one in self.value) for by in (0.5, 2.0)]
        else:
            found = [_times(self.value, by) for by in (0.5, 2.0)]
        return [other for other in found if other != self.value]


def _times(value: Value, factor: float) -> Value:
    if isinstance(value, int):
        return max(1, round(value * factor)) | value & 1  # an odd number may be a window's, which stays odd
    if factor > 1 and 0.5 <= value < 1:
        return (1 + value) / 2
    return value * factor


def find_numbers(rooms: Sequence[str] = ROOMS) -> list[Number]:
    """Return the numbers of rooms, in the order of their files."""
    return [number for path in files_of(rooms) for number in _numbers_of(path)]


def files_of(rooms: Sequence[str] = ALL) -> list[pathlib.Path]:
    """Return the files of rooms."""
    return [path for room in rooms for path in sorted((PACKAGE / room).glob("*.py"))]


def module_of(path: pathlib.Path) -> str:
    """Return the name of a file's module below the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def tree_of(path: pathlib.Path) -> ast.Module:
    """Return what a file says."""
    return ast.parse(path.read_text("utf-8"))


def _numbers_of(path: pathlib.Path) -> Iterator[Number]:
    lines, module = path.read_text("utf-8").splitlines(), module_of(path)
    for node in tree_of(path).body:
        found = _written(node) or _compared(node, module)
        if found and re.fullmatch("[A-Z][A-Z0-9_]*", found[0]) and _is_number(found[1]):
            name, value = found
            _, beside, meaning = lines[node.lineno - 1].partition("#")
            meaning = (meaning if beside else lines[node.lineno - 2].partition("#")[2]).strip()
            yield Number(
                module=module,
                name=name,
                value=value,
                meaning=meaning,
                compared=isinstance(node, ast.AnnAssign),
            )


def _written(node: ast.stmt) -> tuple[str, Any] | None:
    """Return the name and what is assigned to it, where that is written out."""
    if not isinstance(node, ast.Assign):
        return None
    try:
        return ast.unparse(node.targets[0]), ast.literal_eval(node.value)
    except ValueError:
        return None


def _compared(node: ast.stmt, module: str) -> tuple[str, Any] | None:
    """Return the name and its number, where that is taken from the file of those that were compared."""
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in numbers_of(module):
        return ast.unparse(node.target), numbers_of(module)[ast.unparse(node.target)]
    return None


def _is_number(value: object) -> bool:
    several = value if isinstance(value, tuple) else (value,)
    return all(isinstance(one, int | float) for one in several)


@contextlib.contextmanager
def changed(number: Number, value: Values) -> Iterator[None]:
    """Put another value in the number's place, in its module and in those of all rooms that import it."""
    taking = [importlib.import_module(f"knn_digits.{name}") for name in _taking(number)]
    for module in taking:
        setattr(module, number.name, value)
    try:
        yield
    finally:
        for module in taking:
            setattr(module, number.name, number.value)


def _taking(number: Number) -> list[str]:
    return [
        name for path in files_of() if (name := module_of(path)) == number.module or _imports(path, number)
    ]


def _imports(path: pathlib.Path, number: Number) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == f"knn_digits.{number.module}"
        and number.name in [one.name for one in node.names]
        for node in tree_of(path).body
    )


def is_default(number: Number) -> bool:
    """Tell whether it stands as the default of an argument, where another value would not be seen."""
    path = next(path for path in files_of() if module_of(path) == number.module)
    return any(
        isinstance(default, ast.Name) and default.id == number.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.arguments)
        for default in (*node.defaults, *node.kw_defaults)
    )
