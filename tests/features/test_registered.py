"""A feature of the user's own is known by its name from fitting to explaining."""

import importlib.metadata
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import knn_digits
from knn_digits import cli
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.features import describe_feature, registered
from tests.pages import draw

pytestmark = pytest.mark.usefixtures("home")


def zones(parts: int = 4) -> Callable[[Any], Any]:
    """Ink of parts × parts zones."""
    side = 28 // parts

    def count(digits: Any) -> Any:
        return digits.reshape(-1, parts, side, parts, side).sum(axis=(2, 4)).reshape(len(digits), -1) / 255

    return count


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registered, "_FACTORIES", {})
    knn_digits.register_feature("zones", zones)


def test_it_is_fitted_saved_loaded_read_by_and_explained(sample: Dataset, tmp_path: pathlib.Path) -> None:
    feature = knn_digits.make_feature("zones", {"parts": 7})
    model = knn_digits.DigitKNN.fit(sample.digits[:2000], sample.labels[:2000], feature=feature)
    model.save(tmp_path / "zones.npz")
    loaded = knn_digits.load_classifier(tmp_path / "zones.npz")
    assert loaded.header["feature"] == {"name": "zones", "options": {"parts": 7}}
    assert loaded.classify(sample.digits[2000:2010]) == model.classify(sample.digits[2000:2010])
    page = draw(sample.digits, (3, 1))
    assert knn_digits.read_photo(page, loaded).text == "31"
    assert "the feature zones" in knn_digits.explain(page, loaded)[0].measure


def test_a_model_whose_feature_is_not_registered_says_what_to_do(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    feature = knn_digits.make_feature("zones")
    knn_digits.DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=feature).save(
        tmp_path / "z.npz"
    )
    registered._FACTORIES.clear()
    with pytest.raises(MissingPartError, match=r"needs the feature .zones., which .*register_feature"):
        knn_digits.load_classifier(tmp_path / "z.npz")


def test_one_without_a_name_votes_and_is_told_where_a_name_is_needed(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    feature: Any = zones()
    digits, labels, once = sample.digits[:500], sample.labels[:500], knn_digits.KnnOptions(k=1)
    model = knn_digits.DigitKNN.fit(digits, labels, feature=feature, options=once)
    assert (model.classify(digits).labels == labels).all()
    page = draw(sample.digits, (3, 1))
    for ask in (lambda: model.save(tmp_path / "z.npz"), lambda: knn_digits.explain(page, model)):
        with pytest.raises(UsageError, match=r"has no name: give it one by `register_feature`"):
            ask()
    assert not list(tmp_path.iterdir())


def test_it_is_joined_with_others_and_described() -> None:
    feature = knn_digits.make_feature("zones+blocks", {"zones": {"parts": 2}})
    assert feature(np.zeros((3, 28, 28), np.uint8)).shape == (3, 24)
    assert describe_feature(feature)["options"]["zones"] == {"parts": 2}


def test_the_command_line_fits_it(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "m.npz")
    assert cli.run(["fit", "--data", "sample", "--features", "zones", "--output", path]) == 0
    assert cli.run(["info", "--model", path]) == 0
    assert "features    zones" in capsys.readouterr().out
    assert cli.run(["fit", "--data", "sample", "--features", "zonez", "--output", path]) == 2


def test_an_installed_package_brings_it_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = importlib.metadata.EntryPoint("mine", "features_of_mine:zones", registered.GROUP)
    monkeypatch.setitem(sys.modules, "features_of_mine", sys.modules[__name__])
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda **kind: [point] if kind["name"] == "mine" else []
    )
    assert knn_digits.make_feature("mine")(np.zeros((2, 28, 28), np.uint8)).shape == (2, 16)


@pytest.mark.parametrize(("name", "factory"), [("hog", zones), ("a+b", zones), (5, zones), ("mine", 5)])
def test_what_cannot_be_registered_is_told(name: Any, factory: Any) -> None:
    with pytest.raises(UsageError, match="feature"):
        knn_digits.register_feature(name, factory)


def test_options_it_does_not_take_and_vectors_that_are_none_are_told() -> None:
    with pytest.raises(UsageError, match="feature zones does not take these options"):
        knn_digits.make_feature("zones", {"size": 3})
    knn_digits.register_feature("odd", lambda: lambda digits: np.zeros((1, 5)))
    with pytest.raises(DataError, match="the feature odd must give a vector a digit, got 1 for 2"):
        knn_digits.make_feature("odd")(np.zeros((2, 28, 28), np.uint8))
