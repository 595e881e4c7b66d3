"""Part of a template's file -> its values, or an error that tells which part it is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from knn_digits.errors import DataError, shown
from knn_digits.plain import plain

MOST = 1e30  # of a whole number: fields have no more digits


@dataclass(frozen=True)
class Part:
    """A part of the file, and how it is called where something in it is wrong."""

    where: str
    held: Any

    def fail(self, what: str) -> NoReturn:
        """Raise DataError that tells where it is."""
        raise DataError(f"{self.where}: {what}" if self.where else what)

    def check_keys(self, allowed: Sequence[str]) -> None:
        """Raise DataError if it is no object, or has other keys than these."""
        if not isinstance(self.held, Mapping):
            self.fail(f"must be an object with {', '.join(allowed)}, got {shown(self.held)}")
        for key in self.held:
            if key not in allowed:
                self.fail(f"{plain(shown(key))} is none of its keys: {', '.join(allowed)}")

    def number(self, key: str, *, above: float, most: float) -> float:
        """Return a number; DataError if it is none within these limits."""
        value = self.held.get(key)
        if not is_number(value) or not above < value <= most:
            self.fail(f"{key} must be a number above {above:g}, at most {most:g}, got {shown(value)}")
        return float(value)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text of one line; DataError if it is none."""
        value = self.held.get(key, default)
        if not isinstance(value, str) or not value or plain(value) != value:
            self.fail(f"{key} must be a text of one line, got {shown(value)}")
        return value

    def name(self, key: str) -> str:
        """Return the name of a file, of whatever letters; DataError if it is none."""
        value = self.held.get(key)
        if not isinstance(value, str) or not value:
            self.fail(f"{key} must be the name of a file, got {shown(value)}")
        return value

    def line(self, key: str) -> str:
        """Return a text of one line, which may be empty; DataError if it is none."""
        return "" if self.held.get(key) == "" else self.text(key)

    def whole(self, key: str, default: int, *, most: int) -> int:
        """Return a whole number from 1 on; DataError if it is none."""
        value = self.held.get(key, default)
        if not is_whole(value) or not 1 <= value <= most:
            self.fail(f"{key} must be a whole number from 1 to {most}, got {shown(value)}")
        return int(value)

    def several(self, key: str) -> list[Any]:
        """Return a list that has something in it; DataError if it is none."""
        value = self.held.get(key)
        if not isinstance(value, list) or not value:
            self.fail(f"{key} must be a list of at least one, got {shown(value)}")
        return value


def is_number(value: object) -> bool:
    """Tell whether it is a number, and a finite one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < MOST


def is_whole(value: object) -> bool:
    """Tell whether it is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
