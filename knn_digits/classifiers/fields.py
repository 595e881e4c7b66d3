"""A JSON object out of a file -> its fields, each checked as it is taken out; what does not fit is named."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import numpy as np

from knn_digits.arrays import CLASSES
from knn_digits.errors import DataError

TINY, LARGEST = (float(getattr(np.finfo(np.float32), name)) for name in ("tiny", "max"))
MOST = 1 << 53  # of whole numbers: what every reader of JSON holds exactly
SHA256 = re.compile(r"[0-9a-f]{64}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Read = TypeVar("Read")


class Fields:
    """The fields of an object, which are taken out by name.

    Each method raises DataError if the field is missing or is another thing: an int is no bool and no float,
    a float may be written as an int, and is finite.

    Parameters
    ----------
    value : object
        As `json` reads it.
    name : str
        Where the object stands in the file, such as "validation.refusal"; nothing for the whole file.

    Examples
    --------
    >>> Fields({"refusal": {"limit": -1}}).inner("refusal").number("limit", low=0, high=1)
    Traceback (most recent call last):
    knn_digits.errors.DataError: refusal.limit must be a number from 0 to 1
    """

    def __init__(self, value: object, name: str = "") -> None:
        self._name = name
        if not isinstance(value, dict):
            raise DataError(f"{name or 'the whole'} must be an object with names")
        self._value: Mapping[str, Any] = value

    def whole(self, name: str, *, low: int = 0, high: int = MOST) -> int:
        """Return a whole number."""
        kind = f"a whole number from {low} to {high}" if high < MOST else f"a whole number of at least {low}"
        return int(self.take(name, kind, lambda value: type(value) is int and low <= value <= high))

    def number(self, name: str, *, low: float, high: float = LARGEST) -> float:
        """Return a number, as a float."""
        kind = f"a number {_range(low, high)}"
        return float(self.take(name, kind, lambda value: _is_number(value, low, high)))

    def numbers(self, name: str, *, low: float, high: float = LARGEST) -> tuple[float, ...]:
        """Return ten numbers, one for each label; infinity where there is null."""
        found = self.take(
            name,
            f"ten numbers {_range(low, high)}",
            lambda value: (
                isinstance(value, list)
                and len(value) == CLASSES
                and all(one is None or _is_number(one, low, high) for one in value)
            ),
        )
        return tuple(math.inf if one is None else float(one) for one in found)

    def text(
        self, name: str, *, pattern: re.Pattern[str] | None = None, allowed: Collection[str] = ()
    ) -> str:
        """Return text: any, or as a pattern says, or one of those allowed."""
        kind = (
            f"one of {', '.join(allowed)}"
            if allowed
            else "text"
            if pattern is None
            else f"of the form {pattern.pattern}"
        )

        def fits(value: object) -> bool:
            if not isinstance(value, str) or (pattern is not None and not pattern.fullmatch(value)):
                return False
            return not allowed or value in allowed

        return str(self.take(name, kind, fits))

    def texts(self, name: str) -> dict[str, str]:
        """Return texts by their names."""

        def fits(value: object) -> bool:
            return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())

        return dict(self.take(name, "an object that holds texts", fits))

    def take(self, name: str, kind: str, fits: Callable[[Any], bool]) -> Any:
        """Return what fits; `kind` says what that is."""
        value = self._value.get(name)
        if not fits(value):
            raise DataError(f"{self._path(name)} must be {kind}")
        return value

    def inner(self, name: str) -> "Fields":
        """Return the fields of an object within this one."""
        return Fields(self._value.get(name), self._path(name))

    def optional(self, name: str, read: "Callable[[Fields], Read]") -> "Read | None":
        """Return what is read of an object within this one; None where it is not there, or null."""
        return None if self._value.get(name) is None else read(self.inner(name))

    def without(self, name: str) -> "Fields":
        """Return these fields without one of them."""
        return Fields({other: value for other, value in self._value.items() if other != name}, self._name)

    def names(self) -> list[str]:
        """Return the names that are there."""
        return list(self._value)

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def only(self, *names: str) -> "Fields":
        """Return these fields, if there are no others."""
        for name in self._value:
            if name not in names:
                raise DataError(f"{self._path(name)} is unknown")
        return self

    def _path(self, name: str) -> str:
        return f"{self._name}.{name}" if self._name else name


def _is_number(value: object, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high  # type: ignore[operator]


def _range(low: float, high: float) -> str:
    if high < LARGEST:
        return f"from {low:g} to {high:g}"
    return "above 0" if 0 < low < TINY * 2 else f"of at least {low:g}"
