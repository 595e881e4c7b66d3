"""Stage 3: digit -> vector. A feature is a small frozen record of its options that can be called.

A new feature is a file here and one line in `FEATURES`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Protocol

from knn_digits.arrays import Digits, Vectors
from knn_digits.errors import UsageError, shown
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.features.hog import OrientedGradients
from knn_digits.features.joined import Joined
from knn_digits.features.pixels import PixelValues

JOIN = "+"


class Feature(Protocol):
    """What a digit's vector is made by; a frozen dataclass whose fields are its options."""

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector for each of the (n, 28, 28) uint8 digits: (n, d), C order.

        Raises
        ------
        DataError
            If the digits are of another shape or type.
        """
        ...


FEATURES: dict[str, type[Feature]] = {
    "blocks": Blocks,
    "deskewed": Deskewed,
    "hog": OrientedGradients,
    "pixels": PixelValues,
}


def make_feature(name: str, options: Mapping[str, Any] = MappingProxyType({})) -> Feature:
    """Return the feature of that name with those options, as `describe_feature` gave them.

    Parameters
    ----------
    name : str
        One of `FEATURES`, or several joined by +, such as "hog+blocks".
    options : mapping
        Of the feature; of joined features, a mapping for each name.

    Raises
    ------
    UsageError
        If there is no such feature, or it has no such option or value.
    """
    if not isinstance(name, str) or not isinstance(options, Mapping):
        raise UsageError(
            f"a feature has a name and a mapping of options, got {shown(name)}, {shown(options)}"
        )
    if JOIN in name:
        parts = name.split(JOIN)
        if len(set(parts)) < len(parts) or not set(options) <= set(parts):
            raise UsageError(f"features {name} do not take these options: {dict(options)}")
        return Joined(tuple(make_feature(part, options.get(part, {})) for part in parts))
    if name not in FEATURES:
        raise UsageError(
            f"unknown feature {shown(name)}: allowed are {', '.join(FEATURES)}, or several with {JOIN}"
        )
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
    if isinstance(feature, Joined):
        parts = [describe_feature(part) for part in feature.parts]
        return {
            "name": JOIN.join(part["name"] for part in parts),
            "options": {part["name"]: part["options"] for part in parts},
        }
    name = next(name for name, kind in FEATURES.items() if type(feature) is kind)
    return {"name": name, "options": asdict(feature)}  # type: ignore[call-overload]
