import numpy as np
import pytest

from knn_digits.errors import UsageError
from knn_digits.features import describe_feature, make_feature

DIGITS = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)


def test_joined_features_give_their_vectors_one_after_the_other() -> None:
    joined = make_feature("blocks+hog")(DIGITS)
    assert (joined == np.hstack([make_feature(name)(DIGITS) for name in ("blocks", "hog")])).all()
    assert joined.dtype == np.float32


def test_a_joined_feature_is_described_with_the_options_of_its_parts() -> None:
    feature = make_feature("hog+blocks", {"blocks": {"rows": 7, "columns": 7}})
    described = describe_feature(feature)
    assert described["name"] == "hog+blocks"
    assert described["options"]["blocks"]["rows"] == 7
    assert make_feature(described["name"], described["options"]) == feature


@pytest.mark.parametrize(
    ("name", "options"), [("hog+hog", {}), ("hog+blocks", {"rows": 7}), ("hog+", {}), ("+", {})]
)
def test_features_that_cannot_be_joined_are_refused(name: str, options: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        make_feature(name, options)
