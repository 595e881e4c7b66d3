"""Other hands' digits and marks that are no digits -> what stands beside a model, and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from knn_digits.arrays import Digits, Vectors
from knn_digits.classifiers.fields import Fields
from knn_digits.classifiers.layer import Known, Layer
from knn_digits.classifiers.signs import Signs

if TYPE_CHECKING:
    from knn_digits.datasets.hands import Hands

MOST = 1 << 20  # digits of a source, marks of a name
LONGEST_NAME = 16  # letters, of a source or a mark


@dataclass(frozen=True, kw_only=True)
class HandsNote:
    """What a model knows beside its training digits, as its header has it."""

    digits: Mapping[str, int]  # source -> digits of other hands
    signs: Mapping[str, int]  # name -> marks that are no digits

    @classmethod
    def of(cls, known: Known) -> "HandsNote":
        """Return what of it stands beside a model and is saved with it."""
        names, counts = np.unique([] if known.signs is None else known.signs.names, return_counts=True)
        return cls(
            digits={layer.name: len(layer.labels) for layer in known.layers if layer.kept},
            signs=dict(zip(names.tolist(), counts.tolist(), strict=True)),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the note as a header has it."""
        return {"digits": dict(self.digits), "signs": dict(self.signs)}


def read_hands_note(fields: Fields) -> HandsNote:
    """Return the note of a header; DataError if it is none."""
    kind = f"short names with whole numbers from 1 to {MOST}"
    return HandsNote(digits=fields.take("digits", kind, _counts), signs=fields.take("signs", kind, _counts))


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        len(name) <= LONGEST_NAME and type(n) is int and 0 < n <= MOST for name, n in value.items()
    )


def place_hands(known: Known, hands: "Hands", feature: Callable[[Digits], Vectors]) -> Known:
    """Return what is known, with these hands in the place of earlier ones, a layer for each source."""
    others = (layer for layer in known.layers if not layer.kept)
    layers = (*_source_layers(hands, feature), *others)
    return replace(known, layers=layers, signs=_sort_signs(hands, feature, known.backend))


def _source_layers(hands: "Hands", feature: Callable[[Digits], Vectors]) -> list[Layer]:
    layers = []
    for source in dict.fromkeys(hands.sources.tolist()):
        rows = hands.sources == source
        digits, labels, vectors = hands.digits[rows], hands.labels[rows], feature(hands.digits[rows])
        layer = Layer(name=source, digits=digits, labels=labels, vectors=vectors, copies=1, kept=True)
        layers.append(layer)
    return layers


def _sort_signs(hands: "Hands", feature: Callable[[Digits], Vectors], backend: str) -> Signs | None:
    if not len(hands.names):
        return None
    order = np.argsort(hands.names, kind="stable")
    signs = hands.signs[order]
    vectors, names = feature(signs), hands.names[order]
    return Signs(pictures=signs, names=names, vectors=vectors, backend=backend)


def find_hands(known: Known) -> "Hands | None":
    """Return what `place_hands` placed; None if that is nothing."""
    kept, signs = [layer for layer in known.layers if layer.kept], known.signs
    if not kept:
        return None
    from knn_digits.datasets.hands import Hands

    return Hands(
        digits=np.concatenate([layer.digits for layer in kept]),
        labels=np.concatenate([layer.labels for layer in kept]),
        sources=np.concatenate([np.full(len(layer.labels), layer.name) for layer in kept]),
        signs=kept[0].digits[:0] if signs is None else signs.digits,
        names=np.empty(0, "U1") if signs is None else signs.names,
    )
