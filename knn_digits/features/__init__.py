"""Stage 3: digit -> vector. A feature is a small frozen record of its options that can be called.

A new feature is a file here and one line in `FEATURES`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from knn_digits.arrays import Digits, Vectors
from knn_digits.errors import UsageError
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.features.hog import OrientedGradients
from knn_digits.features.pixels import RawPixels


class Feature(Protocol):
    """What a digit's vector is made by; a frozen dataclass whose fields are its options."""

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector for each of the (n, 28, 28) uint8 digits: (n, d), C order."""
        ...


FEATURES: dict[str, type[Feature]] = {
    "blocks": Blocks,
    "deskewed": Deskewed,
    "hog": OrientedGradients,
    "pixels": RawPixels,
}


def make_feature(name: str, options: Mapping[str, Any]) -> Feature:
    """Return the feature of that name with those options, as `describe_feature` gave them.

    Raises
    ------
    UsageError
        If there is no such feature, or it has no such option or value.
    """
    if name not in FEATURES:
        raise UsageError(f"unknown feature {name!r}: allowed are {', '.join(FEATURES)}")
    try:
        return FEATURES[name](**options)
    except TypeError as error:
        raise UsageError(f"feature {name} does not take these options: {dict(options)}") from error


def describe_feature(feature: Feature) -> dict[str, Any]:
    """Return the feature's name and options, ready for JSON.

    Examples
    --------
    >>> describe_feature(Blocks(rows=7, columns=7))
    {'name': 'blocks', 'options': {'rows': 7, 'columns': 7, 'ink': 'count'}}
    """
    name = next(name for name, kind in FEATURES.items() if type(feature) is kind)
    return {"name": name, "options": asdict(feature)}  # type: ignore[call-overload]
