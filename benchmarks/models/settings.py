"""The settings that the scripts here compare -> their models, fitted as `knn-digits fit` does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import BEST, KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.features import make_feature

PLAIN_NAME = "hog, 64 directions"  # the default without its refinement
PLAIN = replace(BEST, refinement=None)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to make a model, and the command that makes it."""

    name: str
    feature: str
    options: KnnOptions
    command: str  # after `knn-digits fit --data mnist`
    feature_options: Mapping[str, Any] = field(default_factory=dict)
    hands: bool = False  # whether digits of other hands stand beside its own


SETTINGS = (
    Setting(name="blocks, k 11", feature="blocks", options=KnnOptions(), command="--features blocks --k 11"),
    Setting(name="pixels, k 11", feature="pixels", options=KnnOptions(), command="--features pixels --k 11"),
    Setting(name="pixels, k 3", feature="pixels", options=KnnOptions(k=3), command="--features pixels --k 3"),
    Setting(
        name="deskewed, k 3", feature="deskewed", options=KnnOptions(k=3), command="--features deskewed --k 3"
    ),
    Setting(name="hog, k 11", feature="hog", options=KnnOptions(), command="--features hog --k 11"),
    Setting(name=PLAIN_NAME, feature="hog", options=PLAIN, command="--no-refine", hands=True),
    Setting(name="default", feature="hog", options=BEST, command="", hands=True),
)
# What the report compares beside them, from the fewest numbers a digit to the most.
MORE = (
    Setting(
        name="blocks 7x7, k 11",
        feature="blocks",
        options=KnnOptions(),
        command="--features blocks --grid 7x7 --k 11",
        feature_options={"rows": 7, "columns": 7},
    ),
    Setting(
        name="blocks 14x14 grey, k 3",
        feature="blocks",
        options=KnnOptions(k=3),
        command="--features blocks --grid 14x14 --ink grey --k 3",
        feature_options={"rows": 14, "columns": 14, "ink": "grey"},
    ),
    Setting(name="hog, k 3", feature="hog", options=KnnOptions(k=3), command="--features hog --k 3"),
)


def find_setting(name: str) -> Setting:
    """Return the setting of that name."""
    return next(setting for setting in (*SETTINGS, *MORE) if setting.name == name)


def fit_setting(setting: Setting, training: Dataset) -> DigitKNN:
    """Return the model of these digits, not yet validated."""
    model = DigitKNN.fit(
        training.digits,
        training.labels,
        feature=make_feature(setting.feature, setting.feature_options),
        options=setting.options,
        data_name=training.name,
    )
    return model.with_hands(load_hands()) if setting.hands else model
