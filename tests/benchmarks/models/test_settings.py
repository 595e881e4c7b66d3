from benchmarks.models.settings import SETTINGS
from knn_digits.classifiers.options import BEST


def test_the_last_setting_is_what_fit_makes_by_default() -> None:
    assert (SETTINGS[-1].name, SETTINGS[-1].feature, SETTINGS[-1].options) == ("default", "hog", BEST)
