"""Stage 3: digit -> vector. A feature is a small frozen record of its options that can be called.

A new feature is a file here and one line in `FEATURES`; `register_feature` names one of the user's own.
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
from knn_digits.features.registered import GROUP, Factory, Registered, find_factory, keep_factory

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


def register_feature(name: str, factory: Factory) -> None:
    """Give a feature of your own a name, by which it is fitted, saved, loaded and explained in this process.

    Parameters
    ----------
    name : str
        Letters, digits and _; none of the package's own.
    factory : callable
        `factory(**options)` returns what makes (n, d) vectors of (n, 28, 28) uint8 digits. The options must
        be values that JSON has: they are saved with a model.

    Raises
    ------
    UsageError
        If the name is taken by the package or is none, or the factory cannot be called.
    """
    if isinstance(name, str) and name in FEATURES:
        raise UsageError(f"the package has a feature {name}: choose another name")
    keep_factory(name, factory)


def make_feature(name: str, options: Mapping[str, Any] = MappingProxyType({})) -> Feature:
    """Return the feature of that name with those options, as `describe_feature` gave them.

    Parameters
    ----------
    name : str
        One of `FEATURES` or of those registered, or several joined by +, such as "hog+blocks".
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
    try:
        return _make_one(name, options)
    except TypeError as error:
        raise UsageError(f"feature {name} does not take these options: {dict(options)}") from error


def unknown_features(name: str) -> list[str]:
    """Return which of the features that a name joins may be registered elsewhere, and are not here."""
    others = [part for part in name.split(JOIN) if part not in FEATURES]
    return [part for part in others if part.isidentifier() and find_factory(part) is None]


def _make_one(name: str, options: Mapping[str, Any]) -> Feature:
    if name in FEATURES:
        return FEATURES[name](**options)
    factory = find_factory(name)
    if factory is None:
        raise UsageError(
            f"unknown feature {shown(name)}: allowed are {', '.join(FEATURES)}, or several with {JOIN}; your "
            f"own by `register_feature` before, or by an installed package's entry point {GROUP}"
        )
    return Registered(name=name, options=dict(options), function=factory(**options))


def describe_feature(feature: Feature) -> dict[str, Any]:
    """Return the feature's name and options, ready for JSON.

    Raises
    ------
    UsageError
        If it has no name: none of the package's own, and not of `make_feature`.

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
    if isinstance(feature, Registered):
        return {"name": feature.name, "options": dict(feature.options)}
    name = next((name for name, kind in FEATURES.items() if type(feature) is kind), None)
    if name is None:
        raise UsageError(
            f"{shown(feature)} has no name: give it one by `register_feature`, and fit by what "
            "`make_feature` returns for that"
        )
    return {"name": name, "options": asdict(feature)}  # type: ignore[call-overload]
