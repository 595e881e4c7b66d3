"""What a model is made by, where no one says otherwise: of `fit` and of the estimators alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from knn_digits.classifiers.options import BEST, TEXTBOOK, KnnOptions
from knn_digits.features import Feature, make_feature
from knn_digits.neighbors.deformation import Refinement


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A feature's name, and how its neighbors are found and vote."""

    feature: str
    options: KnnOptions

    def make(
        self, feature_options: Mapping[str, Any] = MappingProxyType({}), *, refine: bool | None, **given: Any
    ) -> tuple[Feature, KnnOptions]:
        """Return the feature and the options, with what is given in the place of the recipe's own.

        Parameters
        ----------
        feature_options : mapping
            Of the feature, see `make_feature`.
        refine : bool, optional
            Whether unsure digits are measured again, against at least k others.
        **given
            Fields of `KnnOptions`; None: as the recipe has it.

        Raises
        ------
        UsageError
            If one of them is not allowed.
        """
        told = {name: value for name, value in given.items() if value is not None}
        plain = replace(self.options, refinement=None, **told)
        refined = self.options.refinement is not None if refine is None else refine
        options = replace(plain, refinement=refinement_for(plain.k)) if refined else plain
        return make_feature(self.feature, feature_options), options


def refinement_for(k: int) -> Refinement:
    """Return the usual refinement, of a shortlist from which k can vote."""
    return Refinement(shortlist=max(Refinement.shortlist, k))


DEFAULT = Recipe(feature="hog", options=BEST)  # the most accurate on held-out training digits


def recipe_for(features: str | None) -> Recipe:
    """Return the default recipe; with a feature that was named, the textbook's neighbors."""
    return DEFAULT if features is None else Recipe(feature=features, options=TEXTBOOK)
