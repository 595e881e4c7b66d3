import pathlib
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union

from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.estimators import BlockInkCounts, Deskew, Hog, KNNClassifier, RawPixels
from knn_digits.features import FEATURES
from knn_digits.features.blocks import Blocks
from knn_digits.features.hog import OrientedGradients
from tests.arrangements import arrangements

ALL = {"blocks": BlockInkCounts(), "deskewed": Deskew(), "hog": Hog(), "pixels": RawPixels()}


def test_every_feature_has_its_transformer() -> None:
    assert set(ALL) == set(FEATURES)


@pytest.mark.parametrize("name", ALL)
def test_a_transformer_gives_the_vectors_of_its_feature(name: str, sample: Dataset) -> None:
    digits = sample.digits[:60]
    vectors = clone(ALL[name]).fit_transform(digits)
    assert vectors.dtype == np.float32
    assert (vectors == FEATURES[name]()(digits)).all()


def test_options_reach_the_feature(sample: Dataset) -> None:
    digits = sample.digits[:20]
    blocks = BlockInkCounts(7, 14, ink="grey").fit_transform(digits)
    assert (blocks == Blocks(rows=7, columns=14, ink="grey")(digits)).all()
    hog = Hog(4, 5, spread=2.0).fit_transform(digits)
    assert (hog == OrientedGradients(orientations=4, cells=5, spread=2.0)(digits)).all()
    with pytest.raises(ValueError, match="does not fit"):
        BlockInkCounts(3, 3).fit(digits)


@pytest.mark.parametrize("transformer", ALL.values(), ids=ALL)
def test_vectors_depend_on_nothing_but_their_digit(transformer: Any, sample: Dataset) -> None:
    digits = sample.digits[:40].reshape(-1, 784)
    fitted = clone(transformer).fit(digits)
    digits.flags.writeable = False
    before = dict(fitted.__dict__)
    whole = fitted.transform(digits)
    assert (fitted.transform(digits[::-1])[::-1] == whole).all()
    assert (np.vstack([fitted.transform(digit[None]) for digit in digits]) == whole).all()
    assert (clone(fitted).fit(digits[:9]).transform(digits) == whole).all()
    assert (pickle.loads(pickle.dumps(fitted)).transform(digits) == whole).all()
    assert fitted.__dict__ == before


def test_a_data_frame_comes_out_with_names_where_it_is_asked_for(sample: Dataset) -> None:
    X = pd.DataFrame(sample.digits[:30].reshape(-1, 784)).rename(columns=str)
    blocks = BlockInkCounts().set_output(transform="pandas")
    frame = blocks.fit_transform(X)
    assert list(frame.columns) == [f"blockinkcounts{place}" for place in range(20)]
    assert blocks.feature_names_in_[783] == "783"
    assert (frame.to_numpy() == Blocks()(sample.digits[:30])).all()


def test_steps_are_chained_joined_and_searched(sample: Dataset) -> None:
    X, y = sample.digits[:300] / 255, sample.labels[:300].astype(str)
    union = make_union(BlockInkCounts(), Deskew())
    assert make_pipeline(union, KNNClassifier(1)).fit(X.reshape(-1, 784), y).score(X.reshape(-1, 784), y) == 1
    pipeline = make_pipeline(Deskew(), BlockInkCounts(ink="grey"), KNNClassifier())
    grid = {"blockinkcounts__rows": [5, 10], "knnclassifier__n_neighbors": [1, 3]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.75
    assert set(search.predict(X[:9])) <= set("0123456789")


@pytest.mark.parametrize("name", ALL)
def test_vectors_do_not_depend_on_how_digits_lie_in_memory(
    name: str, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    digits = sample.digits[:20].copy()
    want = FEATURES[name]()(digits)
    for X in (digits, digits.reshape(20, 784), digits.reshape(20, 784) / 255):
        for how, same in arrangements(X, tmp_path):
            assert (clone(ALL[name]).fit_transform(same) == want).all(), how
    assert (clone(ALL[name]).fit_transform(pd.DataFrame(digits.reshape(20, 784))) == want).all()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("scale", [None, 0, -1, True, "Auto", np.nan, 10**400, np.ones((3, 3))], ids=str)
def test_the_scale_is_checked_when_it_is_fitted_and_when_it_is_used(
    name: str, scale: object, sample: Dataset
) -> None:
    digits = sample.digits[:20]
    changed = clone(ALL[name]).fit(digits).set_params(scale=scale)
    for use in (changed.fit, changed.transform):
        with pytest.raises(UsageError, match="scale must be 'auto' or a number above 0") as caught:
            use(digits)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("transformer", "change"),
    [
        (BlockInkCounts(), {"rows": 3}),
        (BlockInkCounts(), {"rows": np.ones((3, 3))}),
        (BlockInkCounts(), {"ink": np.ones((3, 3))}),
        (Hog(), {"cells": 0}),
        (Hog(), {"spread": None}),
        (Hog(), {"orientations": np.ones((3, 3))}),
    ],
    ids=str,
)
def test_an_option_is_checked_when_it_is_fitted_and_when_it_is_used(
    transformer: BlockInkCounts | Hog, change: dict[str, Any], sample: Dataset
) -> None:
    digits = sample.digits[:20]
    changed = clone(transformer).fit(digits).set_params(**change)
    for use in (changed.fit, changed.transform):
        with pytest.raises(UsageError) as caught:
            use(digits)
        assert "\n" not in str(caught.value)
