"""Stage 3: digit -> the vector of a feature of the user's own, under its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from knn_digits.arrays import Digits, Vectors, check_digits, check_vectors
from knn_digits.errors import DataError, UsageError, shown

GROUP = "knn_digits.features"  # entry points of installed packages: a feature's name -> its factory
Factory: TypeAlias = Callable[..., Callable[[Digits], Any]]
_FACTORIES: dict[str, Factory] = {}  # of this process: what a name means is the same everywhere in it


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A feature of the user's own.

    Parameters
    ----------
    name : str
    options : mapping
        What its factory was called with.
    function : callable
        What the factory returned.
    """

    name: str
    options: Mapping[str, Any]
    function: Callable[[Digits], Any] = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.name)

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector for each digit; DataError where the function gives others."""
        digits = check_digits(digits)
        vectors = check_vectors(np.asarray(self.function(digits)))
        if len(vectors) != len(digits):
            raise DataError(
                f"the feature {self.name} must give a vector a digit, got {len(vectors)} for {len(digits)}"
            )
        return vectors


def keep_factory(name: str, factory: Factory) -> None:
    """Let the name mean this factory; UsageError if it is no name, or the factory cannot be called."""
    if not isinstance(name, str) or not name.isidentifier():
        raise UsageError(f"a feature's name is of letters, digits and _, got {shown(name)}")
    if not callable(factory):
        raise UsageError(f"the factory of a feature must be callable, got {shown(factory)}")
    _FACTORIES[name] = factory


def find_factory(name: str) -> Factory | None:
    """Return what was registered by this name, or what an installed package has for it; None if nothing."""
    if name in _FACTORIES:
        return _FACTORIES[name]
    import importlib.metadata  # it is slow to load, and no feature of ours needs it

    found = list(importlib.metadata.entry_points(group=GROUP, name=name))
    if not found:
        return None
    factory: Factory = found[0].load()
    return factory
