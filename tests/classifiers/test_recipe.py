from typing import Any

import pytest

from knn_digits.classifiers.options import BEST, TEXTBOOK
from knn_digits.classifiers.recipe import DEFAULT, Recipe, recipe_for, refinement_for
from knn_digits.cli.fit import fit
from knn_digits.cli.tune import tune
from knn_digits.errors import UsageError
from knn_digits.features.blocks import Blocks
from knn_digits.features.hog import OrientedGradients
from knn_digits.neighbors.deformation import Refinement
from knn_digits.vote import REFUSE_RATE


def test_without_a_feature_the_best_recipe_is_taken_and_with_one_the_textbooks_neighbors() -> None:
    assert recipe_for(None) is DEFAULT
    assert DEFAULT.options == BEST
    assert recipe_for("blocks") == Recipe(feature="blocks", options=TEXTBOOK)


def test_a_recipe_is_made_as_it_is_where_nothing_is_given() -> None:
    for name in (None, "blocks"):
        recipe = recipe_for(name)
        feature, options = recipe.make(refine=None, k=None, weights=None, dimensions=None, backend=None)
        assert options == recipe.options
        assert isinstance(feature, OrientedGradients if name is None else Blocks)


def test_what_is_given_takes_the_place_of_the_recipes_own() -> None:
    feature, options = recipe_for("blocks").make(
        {"rows": 7, "columns": 7}, refine=None, k=3, backend="opencv"
    )
    assert feature == Blocks(rows=7, columns=7)
    assert (options.k, options.backend, options.weights) == (3, "opencv", TEXTBOOK.weights)
    _, options = DEFAULT.make(refine=None, dimensions=0)
    assert (options.dimensions, options.k, options.refinement) == (0, BEST.k, BEST.refinement)


@pytest.mark.parametrize("recipe", [DEFAULT, recipe_for("pixels")])
def test_unsure_digits_are_measured_again_where_that_is_asked_for(recipe: Recipe) -> None:
    assert recipe.make(refine=True)[1].refinement == Refinement()
    assert recipe.make(refine=False)[1].refinement is None


@pytest.mark.parametrize("k", [1, Refinement.shortlist, Refinement.shortlist + 1, 500])
def test_a_shortlist_is_never_shorter_than_the_neighbors_that_vote(k: int) -> None:
    assert refinement_for(k).shortlist == max(Refinement.shortlist, k)
    assert DEFAULT.make(refine=None, k=k)[1].refinement == refinement_for(k)


@pytest.mark.parametrize("given", [{"k": 0}, {"weights": "near"}, {"power": 0.0}, {"dimensions": -1}])
def test_what_is_not_allowed_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        DEFAULT.make(refine=None, **given)


def test_the_help_of_the_commands_tells_the_recipes_defaults() -> None:
    said = {one.name: getattr(one, "help", None) or "" for one in fit.params}
    best, plain, blocks, hog = BEST, TEXTBOOK, Blocks(), OrientedGradients()
    assert f"[default: {DEFAULT.feature}, with the best" in said["features"]
    assert f"[default: {plain.k}; {best.k} without --features]" in said["k"]
    assert f"[default: {plain.weights}; {best.weights} without --features]" in said["weights"]
    assert f"[default: {plain.power:g}; {best.power:g} without --features]" in said["power"]
    assert f"[default: {plain.dimensions}; {best.dimensions} without --features]" in said["dimensions"]
    assert "[default: only without --features]" in said["refine"]
    assert (plain.refinement, best.refinement) == (None, Refinement())
    assert f"[default: {blocks.rows}x{blocks.columns}]" in said["grid"]
    assert f"[default: {blocks.ink}]" in said["ink"]
    assert f"[default: {hog.orientations}]" in said["orientations"]
    assert f"[default: {hog.cells}]" in said["cells"]
    assert f"[default: {plain.backend}]" in said["backend"]
    assert f"[default: {plain.device}]" in said["device"]
    assert {one.name: one.default for one in fit.params}["refuse_rate"] == REFUSE_RATE
    assert {one.name: one.default for one in tune.params}["features"] == DEFAULT.feature
