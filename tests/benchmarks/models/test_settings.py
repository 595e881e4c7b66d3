import pytest

from benchmarks.models.settings import PLAIN_NAME, SETTINGS, find_setting, fit_setting
from knn_digits.classifiers.options import BEST
from knn_digits.datasets import Dataset


def test_the_last_setting_is_what_fit_makes_by_default() -> None:
    assert (SETTINGS[-1].name, SETTINGS[-1].feature, SETTINGS[-1].options) == ("default", "hog", BEST)


@pytest.mark.parametrize(("name", "known"), [(PLAIN_NAME, True), ("pixels, k 11", False)])
def test_other_hands_stand_beside_what_fit_makes_without_features(
    sample: Dataset, name: str, known: bool
) -> None:
    few = Dataset(sample.digits[:500], sample.labels[:500], "few", "train")
    assert (fit_setting(find_setting(name), few).hands is not None) is known
