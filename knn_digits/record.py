"""Ground: a record <-> plain values as JSON has them; compared by content, printed in a few lines, drawn.

A record is a frozen dataclass that inherits from `Record`; it writes no such code of its own.
"""

import base64
import dataclasses
import functools
import importlib
import os
import pathlib
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from knn_digits.arrays import content_of
from knn_digits.errors import DataError, shown

WIDTH, LINES = 100, 3  # characters and lines of a printed record, at most
FEW = 3  # elements of a list that are printed one by one
LETTERS = 50  # of a value in a printed record
PROBABILITY = "probability"  # the field that is told in three places
DRAWER = "knn_digits.reports.records"  # loaded where a notebook asks: what is drawn lies above all records

_Self = TypeVar("_Self", bound="Record")


class Drawn:
    """What a notebook shows as a picture or as a page."""

    def _repr_html_(self) -> str:
        return str(importlib.import_module(DRAWER).as_html(self))

    def _repr_png_(self) -> bytes | None:
        picture: bytes | None = importlib.import_module(DRAWER).as_png(self)
        return picture


class Record(Drawn):
    """A frozen dataclass that becomes plain values and is made of them again.

    Two are equal, and hash alike, where their fields hold the same: see `arrays.compared_by_content`. Fields
    with `compare=False` stand beside it: they are in no dict.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Row(Record):
    ...     name: str
    ...     numbers: tuple[int, ...]
    >>> row = Row("first", (1, 2))
    >>> row.to_dict()
    {'name': 'first', 'numbers': [1, 2]}
    >>> Row.from_dict(row.to_dict()) == row
    True
    """

    _derived: ClassVar[tuple[str, ...]] = ()  # properties that a dict tells before the fields
    _details: ClassVar[Mapping[str, Any]] = {}  # fields a short dict leaves out -> what then stands for them
    _listed: ClassVar[bool] = False  # whether it is a list of its fields where it is part of another

    def __init_subclass__(cls) -> None:
        """Let the dataclass find these where it would write its own."""
        for name in ("__eq__", "__hash__", "__repr__"):
            if name not in vars(cls):
                setattr(cls, name, vars(Record)[name])

    def __eq__(self, other: object) -> bool:
        return content_of(self) == content_of(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(content_of(self))

    def __repr__(self) -> str:
        derived = [name for name in self._derived if isinstance(getattr(self, name), str)]
        values = ", ".join(f"{name}={_brief(_told(self, name))}" for name in (*derived, *_names(type(self))))
        lines = textwrap.wrap(f"{type(self).__name__}({values})", WIDTH, subsequent_indent="  ")
        if len(lines) > LINES:
            lines[LINES - 1 :] = [lines[LINES - 1][: WIDTH - 3] + " …)"]
        return "\n".join(lines)

    def to_dict(self, *, details: bool = True) -> dict[str, Any]:
        """Return what it holds as text, numbers, lists and dicts, ready for JSON.

        Parameters
        ----------
        details : bool
            False: without what makes it long, such as pixels, and probabilities as they are `told`; as the
            command line prints it.
        """
        fields = [name for name in _names(type(self)) if details or name not in self._details]
        names = dict.fromkeys((*self._derived, *fields))
        value = getattr if details else _told
        return {name: _encode(value(self, name), details) for name in names}

    @classmethod
    def from_dict(cls: type[_Self], content: Mapping[str, Any]) -> _Self:
        """Return the record that `to_dict` made this of; what a short dict lacks is unknown, such as NaN.

        Other names are passed over.

        Raises
        ------
        DataError
            If it lacks something, or something is of another kind.
        """
        made: _Self = _decode_record(cls, content)
        return made


def told(probability: float) -> float:
    """Return it rounded down to three places, as it is told everywhere: what is not certain is not told as 1.

    Examples
    --------
    >>> told(0.99999), told(0.57)
    (0.999, 0.57)
    """
    return float(np.floor(1000 * probability + 1e-9) / 1000)  # 1000 * 0.57 is a little less than 570


def _told(record: Any, name: str) -> Any:
    value = getattr(record, name)
    return told(value) if name == PROBABILITY else value


def _names(record: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(record) if field.compare)


def _brief(value: Any) -> str:
    """Return a value in a few words."""
    if isinstance(value, np.ndarray):
        return f"<{value.dtype.type.__name__} {value.shape}>"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return repr(value) if len(value) <= LETTERS else f"{value[:LETTERS]!r}…"
    if isinstance(value, list | tuple) and _is_long(value):
        return f"<{len(value)} x {'/'.join(sorted({type(element).__name__ for element in value}))}>"
    text = repr(value)
    return text if len(text) <= LETTERS else f"<{type(value).__name__}>"


def _is_long(values: Sequence[Any]) -> bool:
    return len(values) > FEW or any(isinstance(one, np.ndarray | list | tuple | Record) for one in values)


@functools.singledispatch
def _encode(value: Any, details: bool) -> Any:
    """Return a value as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: _encode(getattr(value, name), details) for name in _names(type(value))}
    return value


@_encode.register
def _(value: Record, details: bool) -> Any:
    told = value.to_dict(details=details)
    return list(told.values()) if value._listed else told


@_encode.register
def _(value: np.ndarray, details: bool) -> Any:
    return value.tolist() if value.size else {"shape": list(value.shape)}


@_encode.register
def _(value: np.generic, details: bool) -> Any:
    return value.item()


@_encode.register
def _(value: Mapping, details: bool) -> Any:  # type: ignore[type-arg]
    if not all(isinstance(key, str) for key in value):  # JSON has no other keys
        return [[_encode(key, details), _encode(element, details)] for key, element in value.items()]
    return {key: _encode(element, details) for key, element in value.items()}


@_encode.register(list)
@_encode.register(tuple)
def _(value: Any, details: bool) -> Any:
    return [_encode(element, details) for element in value]


@_encode.register
def _(value: os.PathLike, details: bool) -> Any:  # type: ignore[type-arg]
    return os.fspath(value)


@_encode.register
def _(value: bytes, details: bool) -> Any:
    return base64.b64encode(value).decode("ascii")


def _decode_record(record: Any, content: Any) -> Any:
    """Return a dataclass made of a dict, or of the list of its values where that is how it stands."""
    if isinstance(content, list) and getattr(record, "_listed", False):
        content = dict(zip(_names(record), content, strict=False))
    if not isinstance(content, Mapping):
        raise DataError(f"a {record.__name__} must be made of a dict, got {shown(content)}")
    unknown = getattr(record, "_details", {})
    if missing := [name for name in _needed(record) if name not in content and name not in unknown]:
        raise DataError(f"a {record.__name__} needs {', '.join(missing)}: take what `to_dict` gave")
    known = {
        name: _decode(hint, content[name], f"{record.__name__}.{name}")
        for name, hint in _hints(record).items()
        if name in content
    }
    return record(**{**unknown, **known})


def _needed(record: Any) -> list[str]:
    """Return the names of the fields that have no default."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(record)
    return [f.name for f in fields if f.default is missing and f.default_factory is missing]


@functools.cache
def _hints(record: type) -> Mapping[str, Any]:
    found = get_type_hints(record)
    return {name: found[name] for name in _names(record)}


def _decode(hint: Any, value: Any, where: str) -> Any:
    """Return a value of this type, made of what JSON had for it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _decode(next(kind for kind in arguments if kind is not type(None)), value, where)
    kind = origin or hint
    if dataclasses.is_dataclass(kind):
        return _decode_record(kind, value)
    try:
        return _MAKERS.get(kind, _as_it_is)(value, arguments, where)
    except DataError:
        raise
    except (TypeError, ValueError) as error:
        raise DataError(f"{where} must be {getattr(kind, '__name__', kind)}, got {shown(value)}") from error


def _as_it_is(value: Any, *_: object) -> Any:
    return value


def _decode_array(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    (kind,) = get_args(arguments[1])
    return np.zeros(value["shape"], kind) if isinstance(value, Mapping) else np.array(value, kind)


def _decode_tuple(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    return tuple(_elements(value, arguments, where))


def _decode_list(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    return list(_elements(value, (*arguments, ...), where))


def _elements(value: Any, arguments: tuple[Any, ...], where: str) -> Iterator[Any]:
    """Yield the elements of a list; `...` behind a type: any number of them."""
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    kinds = arguments[:1] * len(value) if arguments[-1:] == (...,) else arguments
    for kind, element in zip(kinds, value, strict=True):
        yield _decode(kind, element, where)


def _decode_mapping(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    return {key: _decode(arguments[1], element, where) for key, element in dict(value).items()}


def _decode_plain(kind: type, *taken: type) -> Callable[[Any, tuple[Any, ...], str], Any]:
    def made(value: Any, _: tuple[Any, ...], where: str) -> Any:
        if not isinstance(value, taken or kind) or (isinstance(value, bool) and kind is not bool):
            raise TypeError(value)
        return kind(value)

    return made


_MAKERS: Mapping[Any, Callable[[Any, tuple[Any, ...], str], Any]] = {
    np.ndarray: _decode_array,
    tuple: _decode_tuple,
    list: _decode_list,
    Mapping: _decode_mapping,
    dict: _decode_mapping,
    pathlib.Path: _decode_plain(pathlib.Path, str),
    bytes: lambda value, *_: base64.b64decode(value, validate=True),
    bool: _decode_plain(bool),
    int: _decode_plain(int),
    float: _decode_plain(float, int, float),
    str: _decode_plain(str),
}
