import datetime
import json
import pathlib
import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import knn_digits
from knn_digits.arrays import Digits, Labels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED, current_model, find_model
from knn_digits.classifiers.model_file import read_model
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.errors import DataError, MissingPartError, ModelError, UsageError
from knn_digits.features import FEATURES, Feature, make_feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.pixels import PixelValues
from knn_digits.neighbors import BACKENDS
from knn_digits.storage import sha256
from knn_digits.vote import WEIGHTS, Votes
from tests.models import Arrays, load_model, rewrite


@pytest.fixture(params=FEATURES)
def feature(request: pytest.FixtureRequest) -> Feature:
    """Each feature in turn, with its default options."""
    return make_feature(request.param, {})


@pytest.fixture(scope="module")
def queries(sample: Dataset) -> Digits:
    """Digits that the models of these tests have not seen."""
    return sample.digits[4900:]


def fit(sample: Dataset, n: int = 600, feature: Feature | None = None, **options: Any) -> DigitKNN:
    return DigitKNN.fit(
        sample.digits[:n], sample.labels[:n], feature=feature or Blocks(), options=KnnOptions(**options)
    )


def same(one: Votes, other: Votes) -> bool:
    names = [field.name for field in fields(Votes)]
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


# fit and classify


def test_the_votes_are_those_of_the_nearest_training_digits(sample: Dataset, queries: Digits) -> None:
    model = fit(sample, k=7)
    votes = model.classify(queries)
    assert votes.labels.shape == (100,)
    assert votes.indices.shape == votes.distances.shape == votes.neighbor_labels.shape == (100, 7)
    assert (votes.neighbor_labels == sample.labels[votes.indices]).all()
    vectors = Blocks()(sample.digits[:600]).astype(float)
    slow = np.linalg.norm(vectors - Blocks()(queries[:1]), axis=1)
    assert votes.indices[0].tolist() == np.argsort(slow, kind="stable")[:7].tolist()


def test_a_model_of_5000_digits_reads_most_digits(sample: Dataset) -> None:
    model = fit(sample, 4500, feature=PixelValues())
    errors = (model.classify(sample.digits[4500:]).labels != sample.labels[4500:]).mean()
    assert 0.02 < errors < 0.10


def test_a_training_digit_is_its_own_nearest_neighbor(sample: Dataset, feature: Feature) -> None:
    votes = fit(sample, k=1, feature=feature).classify(sample.digits[:600])
    assert not votes.distances.any()
    same_vector = feature(sample.digits[votes.indices[:, 0]]) == feature(sample.digits[:600])
    assert same_vector.all()


def test_a_batch_is_its_digits_one_by_one(sample: Dataset, queries: Digits, feature: Feature) -> None:
    model = fit(sample, feature=feature)
    batch = model.classify(queries[:20])
    for row in range(20):
        alone = model.classify(queries[row : row + 1])
        assert alone.labels[0] == batch.labels[row]
        assert alone.distances.tobytes() == batch.distances[row].tobytes()
        assert alone.indices.tolist() == [batch.indices[row].tolist()]
        assert alone.probabilities.tobytes() == batch.probabilities[row].tobytes()


def test_no_digits_have_no_votes(sample: Dataset, feature: Feature) -> None:
    votes = fit(sample, feature=feature).classify(sample.digits[:0])
    assert votes.labels.shape == (0,)
    assert votes.probabilities.shape == (0, 10)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_give_the_same_votes(
    sample: Dataset, queries: Digits, feature: Feature, weights: str, backend: str
) -> None:
    reference = fit(sample, feature=feature, weights=weights).classify(queries)
    assert same(fit(sample, feature=feature, weights=weights, backend=backend).classify(queries), reference)


def test_as_many_neighbors_as_digits_may_vote_but_not_more(sample: Dataset, queries: Digits) -> None:
    votes = fit(sample, 30, k=30).classify(queries)
    assert sorted(votes.indices[0].tolist()) == list(range(30))
    np.testing.assert_allclose(votes.probabilities, 0.1, rtol=1e-6)  # three digits of each class
    with pytest.raises(UsageError, match="k is 31, but there are only 30 training digits"):
        fit(sample, 30, k=31)
    with pytest.raises(UsageError, match="k is 2, but there is only 1 training digit:"):
        fit(sample, 1, k=2)


@pytest.mark.parametrize("k", [0, -1, 1.0, "3", None, True])
def test_a_k_that_is_no_positive_integer_is_told(k: Any) -> None:
    with pytest.raises(UsageError, match="k must be an integer of at least 1, got"):
        KnnOptions(k=k)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"feature": "blocks"},
            r"such as make_feature\(\"blocks\"\), got 'blocks'",
        ),
        ({"feature": Blocks}, "feature must be a feature, such as"),
        ({"feature": None}, "feature must be a feature, such as"),
        ({"options": {"k": 3}}, r"options must be KnnOptions, such as KnnOptions\(k=3\), got {'k': 3}"),
        ({"options": None}, "options must be KnnOptions"),
    ],
)
def test_what_is_no_feature_and_no_options_is_told(
    sample: Dataset, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        DigitKNN.fit(sample.digits[:9], sample.labels[:9], **{"feature": Blocks(), **given})


def test_other_words_among_the_options_are_told(sample: Dataset) -> None:
    with pytest.raises(UsageError, match="weights must be one of uniform, distance, got 'near'"):
        KnnOptions(weights="near")
    with pytest.raises(UsageError, match="unknown backend 'near'"):
        fit(sample, backend="near")
    with pytest.raises(UsageError, match="unknown device 'near'"):
        fit(sample, device="near")
    with pytest.raises(MissingPartError, match="no GPU search"):
        fit(sample, backend="opencv", device="cuda")


@pytest.mark.parametrize(
    ("digits", "labels", "text"),
    [
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, int), "no training digits"),
        (np.zeros((20, 784), np.uint8), np.zeros(20, int), "digits must be uint8 of shape"),
        (np.zeros((20, 28, 28)), np.zeros(20, int), "digits must be uint8 of shape"),
        (np.zeros((20, 28, 28), np.uint8), np.zeros(19, int), "there are 20 digits but 19 labels"),
        (np.zeros((20, 28, 28), np.uint8), np.full(20, 10), "labels must be 0..9, got 10"),
        (np.zeros((20, 28, 28), np.uint8), np.zeros(20), "labels must be integers"),
    ],
)
def test_training_data_of_another_kind_is_told(digits: Digits, labels: Labels, text: str) -> None:
    with pytest.raises(DataError, match=text):
        DigitKNN.fit(digits, labels, feature=Blocks())


@pytest.mark.parametrize("digits", [np.zeros((3, 784), np.uint8), np.zeros((3, 28, 28)), [[1]]])
def test_what_is_no_digits_cannot_be_classified(sample: Dataset, digits: Any) -> None:
    with pytest.raises(DataError, match="digits must be uint8 of shape"):
        fit(sample).classify(digits)


# save and load


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_model_gives_the_same_votes_bit_for_bit_after_a_round_trip(
    tmp_path: pathlib.Path, sample: Dataset, queries: Digits, feature: Feature, weights: str
) -> None:
    model = fit(sample, feature=feature, k=5, weights=weights)
    model.validate()
    model.save(tmp_path / "model.npz")
    again = DigitKNN.load(tmp_path / "model.npz")
    assert same(again.classify(queries), model.classify(queries))
    assert (again.digits == model.digits).all()
    assert (again.labels == model.labels).all()
    assert (again.feature, again.options) == (model.feature, model.options)
    again.save(tmp_path / "again.npz")
    assert load_model(tmp_path / "again.npz")[0] == load_model(tmp_path / "model.npz")[0]


@pytest.mark.parametrize(
    "options", [{"rows": 7, "columns": 7, "ink": "grey"}, {"rows": 1, "columns": 1, "ink": "grey"}]
)
def test_sums_too_large_for_a_byte_come_back_too(
    tmp_path: pathlib.Path, sample: Dataset, queries: Digits, options: dict[str, Any]
) -> None:
    model = fit(sample, feature=make_feature("blocks", options))
    model.save(tmp_path / "model.npz")
    assert same(DigitKNN.load(tmp_path / "model.npz").classify(queries), model.classify(queries))


def test_loading_computes_no_feature_again(
    tmp_path: pathlib.Path, sample: Dataset, queries: Digits, feature: Feature
) -> None:
    model = fit(sample, feature=feature, k=3)
    model.save(tmp_path / "model.npz")

    def turn_vectors_around(_: dict[str, Any], arrays: Arrays) -> None:
        arrays["vectors"] = arrays["vectors"][::-1]

    rewrite(tmp_path / "model.npz", turn_vectors_around)
    found = DigitKNN.load(tmp_path / "model.npz").classify(queries)
    expected = model.classify(queries)
    assert (found.distances == expected.distances).all()
    alone = (np.diff(expected.distances, prepend=-1) > 0).all(axis=1)  # no ties, which are turned around too
    assert alone.sum() > 10
    assert (found.indices[alone, :2] == 599 - expected.indices[alone, :2]).all()


@pytest.mark.parametrize("fitted", BACKENDS)
@pytest.mark.parametrize("opened", BACKENDS)
def test_a_model_opened_with_another_backend_gives_the_same_votes(
    tmp_path: pathlib.Path, sample: Dataset, queries: Digits, fitted: str, opened: str
) -> None:
    model = fit(sample, backend=fitted)
    model.save(tmp_path / "model.npz")
    again = DigitKNN.load(tmp_path / "model.npz", backend=opened, device="cpu")
    assert (again.options.backend, again.options.device) == (opened, "cpu")
    assert same(again.classify(queries), model.classify(queries))


def test_another_word_for_the_backend_is_told_when_a_model_is_opened(
    tmp_path: pathlib.Path, sample: Dataset
) -> None:
    fit(sample).save(tmp_path / "model.npz")
    with pytest.raises(UsageError, match="unknown backend 'near'"):
        DigitKNN.load(tmp_path / "model.npz", backend="near")
    with pytest.raises(MissingPartError, match="--device cpu"):
        DigitKNN.load(tmp_path / "model.npz", backend="sklearn", device="cuda")


def test_the_header_says_all_about_the_model(tmp_path: pathlib.Path, sample: Dataset) -> None:
    digits, labels = sample.digits[:600], sample.labels[:600]
    options = KnnOptions(k=5, weights="distance", backend="opencv", device="cpu")
    model = DigitKNN.fit(digits, labels, feature=Blocks(rows=7, columns=7), options=options, data_name="mine")
    model.validate()
    model.save(tmp_path / "model.npz")
    header, arrays = load_model(tmp_path / "model.npz")
    assert header["feature"] == {"name": "blocks", "options": {"rows": 7, "columns": 7, "ink": "count"}}
    assert header["options"] == {
        "k": 5,
        "weights": "distance",
        "power": 1.0,
        "dimensions": 0,
        "refinement": None,
        "backend": "opencv",
        "device": "auto",
    }
    assert header["data"] == {
        "name": "mine",
        "sha256": sha256(digits, labels),
        "digits": 600,
        "per_label": [60] * 10,
    }
    assert header["versions"]["knn-digits"] == knn_digits.__version__
    assert header["versions"]["numpy"] == np.__version__
    assert header["versions"]["opencv"] == cv2.__version__
    age = datetime.datetime.now(datetime.timezone.utc).date() - datetime.date.fromisoformat(header["date"])
    assert age.days in (0, 1)  # midnight may pass
    assert set(header["validation"]) == {"digits", "errors", "error_rate", "reach", "calibration", "refusal"}
    assert set(arrays) == {"digits", "labels", "vectors"}
    assert sha256(arrays["digits"], arrays["labels"].astype(np.int64)) == header["data"]["sha256"]


def test_a_model_that_could_not_be_opened_again_does_not_take_the_place_of_the_old(
    tmp_path: pathlib.Path, sample: Dataset
) -> None:
    path = tmp_path / "model.npz"
    fit(sample, 60, k=3).save(path)
    old = path.read_bytes()
    model = fit(sample, 600, k=3)
    model.validate()
    note = model.about.validation
    assert note is not None
    for changed in (
        replace(model.about, date="yesterday"),
        replace(model.about, validation=replace(note, reach=(-1.0,) * 10)),
        replace(model.about, data=replace(model.about.data, name="long" * (1 << 18))),
        replace(model.about, versions={"knn-digits": None}),  # type: ignore[dict-item]
    ):
        model.about = changed
        with pytest.raises(
            DataError, match="what was made cannot be opened again, so it is not kept"
        ) as caught:
            model.save(path)
        assert str(caught.value).isprintable()
        assert ".part" not in str(caught.value)
        assert path.read_bytes() == old
        assert list(tmp_path.iterdir()) == [path]


# validation


def test_validating_holds_out_the_last_sixth_of_each_class_and_nothing_else(sample: Dataset) -> None:
    order = np.argsort(sample.labels[:660], kind="stable")  # classes one after the other
    digits, labels = sample.digits[order], sample.labels[order]
    model = DigitKNN.fit(digits, labels, feature=Blocks(), options=KnnOptions(k=3))
    model.validate()
    held = np.zeros(660, bool)
    for label in range(10):
        held[np.flatnonzero(labels == label)[-11:]] = True
    rest = DigitKNN.fit(digits[~held], labels[~held], feature=Blocks(), options=KnnOptions(k=3))
    answers = rest.classify(digits[held])
    errors = int((answers.labels != labels[held]).sum())
    note = model.header["validation"]
    assert 0 < errors < 110
    assert (note["digits"], note["errors"], note["error_rate"]) == (110, errors, errors / 110)
    mean = answers.distances.mean(axis=1)
    for label, reach in enumerate(note["reach"]):
        assert mean[labels[held] == label].min() <= reach <= mean[labels[held] == label].max() * (1 + 1e-6)


def test_validating_leaves_the_model_itself_as_it_was(
    tmp_path: pathlib.Path, sample: Dataset, queries: Digits, feature: Feature
) -> None:
    model, untouched = (fit(sample, feature=feature) for _ in range(2))
    model.validate()
    one, other = model.classify(queries), untouched.classify(queries)
    assert (one.labels == other.labels).all()
    assert one.shares.tobytes() == other.shares.tobytes()
    assert (one.indices == other.indices).all()
    assert {**model.header, "validation": None} == {**untouched.header, "validation": None}
    for part, name in ((model, "one.npz"), (untouched, "other.npz")):
        part.save(tmp_path / name)
    saved = [load_model(tmp_path / name)[1] for name in ("one.npz", "other.npz")]
    assert all((saved[0][name] == saved[1][name]).all() for name in saved[0])


def test_validating_again_gives_the_same_note_which_json_can_hold(sample: Dataset) -> None:
    digits, labels = sample.digits[:600], sample.labels[:600]
    some = labels < 8  # no 8 and no 9
    model = DigitKNN.fit(digits[some], labels[some], feature=Blocks())
    model.validate()
    note = model.header["validation"]
    assert note["reach"][8:] == [None, None]
    assert json.loads(json.dumps(note, allow_nan=False)) == note
    model.validate()
    assert model.header["validation"] == note


def test_a_digit_unlike_all_others_is_strange_after_validation(sample: Dataset) -> None:
    model = fit(sample, 3000, feature=PixelValues())
    noise = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    assert not model.classify(noise).strangeness.any()  # nothing is known yet
    model.validate()
    assert (model.classify(noise).strangeness > 1).all()
    assert (model.classify(sample.digits[4000:4500]).strangeness > 1).mean() < 0.05


def test_too_few_digits_to_hold_out_are_not_validated(sample: Dataset) -> None:
    model = fit(sample, 50, k=3)
    model.validate()
    assert "validation" not in model.header


def test_validation_tells_its_progress(sample: Dataset) -> None:
    seen: list[int] = []

    def progress(batches: Any) -> Any:
        for batch in batches:
            seen.append(batch)
            yield batch

    fit(sample, 5000, k=1).validate(progress=progress)
    assert seen == [0, 500]  # 83 digits of each class


# a stranger's model


def drop(name: str) -> Callable[[dict[str, Any], Arrays], None]:
    def change(header: dict[str, Any], arrays: Arrays) -> None:
        for part in (header, arrays):
            part.pop(name, None)

    return change


def put(value: Any, *path: str) -> Callable[[dict[str, Any], Arrays], None]:
    """Return a change that puts a value into the header, below these keys."""

    def change(header: dict[str, Any], _: Arrays) -> None:
        for key in path[:-1]:
            header = header[key]
        header[path[-1]] = value

    return change


def put_array(name: str, make: Callable[[NDArray[Any]], Any]) -> Callable[[dict[str, Any], Arrays], None]:
    def change(_: dict[str, Any], arrays: Arrays) -> None:
        arrays[name] = make(arrays[name])

    return change


def empty(_: dict[str, Any], arrays: Arrays) -> None:
    for name, array in arrays.items():
        arrays[name] = array[:0]


DAMAGE = {
    "no digits": drop("digits"),
    "no labels": drop("labels"),
    "no vectors": drop("vectors"),
    "no feature": drop("feature"),
    "no options": drop("options"),
    "digits of another shape": put_array("digits", lambda a: a.reshape(len(a), -1)),
    "digits of another dtype": put_array("digits", lambda a: a.astype(np.int16)),
    "fewer digits": put_array("digits", lambda a: a[1:]),
    "fewer labels": put_array("labels", lambda a: a[1:]),
    "labels outside": put_array("labels", lambda a: a + np.uint8(5)),
    "labels as floats": put_array("labels", lambda a: a.astype(float)),
    "labels in two columns": put_array("labels", lambda a: a.reshape(-1, 2)),
    "fewer vectors": put_array("vectors", lambda a: a[1:]),
    "narrower vectors": put_array("vectors", lambda a: a[:, 1:]),
    "vectors in a row": put_array("vectors", np.ravel),
    "vectors of NaN": put_array("vectors", lambda a: np.full(a.shape, np.nan)),
    "vectors of text": put_array("vectors", lambda a: a.astype(str)),
    "nothing at all": empty,
    "feature as a list": put([], "feature"),
    "feature as text": put("blocks", "feature"),
    "feature named by a list": put([], "feature", "name"),
    "grid that does not fit": put(3, "feature", "options", "rows"),
    "grid of another type": put("5", "feature", "options", "rows"),
    "grid of another width": put(10, "feature", "options", "rows"),
    "unknown feature option": put(1, "feature", "options", "magic"),
    "feature options as text": put("ab", "feature", "options"),
    "feature options as a list": put([1], "feature", "options"),
    "feature options as null": put(None, "feature", "options"),
    "k of 0": put(0, "options", "k"),
    "k as text": put("11", "options", "k"),
    "k as a fraction": put(1.5, "options", "k"),
    "unknown weights": put("magic", "options", "weights"),
    "weights as a list": put(["uniform"], "options", "weights"),
    "unknown option": put(1, "options", "magic"),
    "options as a list": put([], "options"),
    "unknown backend": put("magic", "options", "backend"),
    "backend as a list": put([], "options", "backend"),
    "backend as null": put(None, "options", "backend"),
    "unknown device": put("magic", "options", "device"),
    "device as a list": put([], "options", "device"),
    "validation as a list": put([], "validation"),
    "reach as text": put("far", "validation", "reach"),
    "reach of text": put(["far"] * 10, "validation", "reach"),
    "reach of nine labels": put([1.0] * 9, "validation", "reach"),
    "reach as a number": put(3.0, "validation", "reach"),
    "calibration as a list": put([], "validation", "calibration"),
    "calibration as text": put("ab", "validation", "calibration", "plain"),
    "calibration without smoothing": put(0, "validation", "calibration", "plain", "smoothing"),
    "calibration of text": put("1", "validation", "calibration", "plain", "power_for"),
    "calibration of NaN": put(float("nan"), "validation", "calibration", "plain", "power_for"),
    "calibration that turns votes around": put(-1, "validation", "calibration", "plain", "power_against"),
    "calibration with one number more": put(1, "validation", "calibration", "plain", "magic"),
    "refusal as a number": put(1, "validation", "refusal"),
    "limit of 0": put(0, "validation", "refusal", "limit"),
    "limit of NaN": put(float("nan"), "validation", "refusal", "limit"),
    "limit as text": put("far", "validation", "refusal", "limit"),
}


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory, sample: Dataset) -> pathlib.Path:
    """A whole model file."""
    path = tmp_path_factory.mktemp("model") / "whole.npz"
    model = fit(sample, 120)
    model.validate()
    model.save(path)
    return path


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_model_whose_parts_do_not_fit_is_refused_with_one_line(
    tmp_path: pathlib.Path, model_file: pathlib.Path, damage: Callable[[dict[str, Any], Arrays], None]
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(model_file.read_bytes())
    rewrite(path, damage)
    with pytest.raises(ModelError) as caught:
        DigitKNN.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_k_larger_than_a_models_digits_takes_them_all(
    tmp_path: pathlib.Path, model_file: pathlib.Path, queries: Digits
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(model_file.read_bytes())
    rewrite(path, put(10**6, "options", "k"))
    try:
        votes = DigitKNN.load(path).classify(queries)
    except ModelError:
        return
    assert votes.indices.shape == (100, 120)


def test_a_model_that_is_missing_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ModelError, match=r"cannot open the model .*`knn-digits fit` makes one"):
        DigitKNN.load(tmp_path / "none.npz")


# which model


def test_without_a_name_it_is_the_current_model_or_else_the_bundled(
    home: pathlib.Path, sample: Dataset
) -> None:
    assert current_model() == home / "data" / "model.npz"
    assert find_model(None) == BUNDLED
    fit(sample, 60).save(current_model())
    assert find_model(None) == current_model()


def test_a_name_is_a_path_but_for_bundled(home: pathlib.Path, sample: Dataset) -> None:
    fit(sample, 60).save(current_model())
    assert find_model("bundled") == BUNDLED
    assert find_model("./bundled") == pathlib.Path("bundled")
    assert find_model("my model.npz") == pathlib.Path("my model.npz")
    assert home in current_model().parents


def test_the_bundled_model_knows_the_package_s_hands_and_reads_digits(sample: Dataset) -> None:
    model, hands = DigitKNN.load(BUNDLED), load_hands()
    assert BUNDLED.stat().st_size <= 6_000_000
    known = model.hands
    assert known is not None
    assert (known.digits == hands.digits).all()
    assert (known.labels == hands.labels).all()
    assert sorted(known.names) == sorted(hands.names)
    assert model.header["validation"]["error_rate"] < 0.01
    assert (model.classify(sample.digits[:500]).labels == sample.labels[:500]).mean() > 0.98


def test_the_bundled_model_refuses_noise() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (50, 28, 28)).astype(np.uint8)
    assert (DigitKNN.load(BUNDLED).classify(noise).doubt > 1).all()


def test_pictures_that_are_read_later_are_those_that_are_read_at_once(sample: Dataset) -> None:
    once, later = DigitKNN.load(BUNDLED), DigitKNN.of(read_model(BUNDLED, pictures_later=True))
    some = sample.digits[:200]
    assert once.classify(some).refined.any()
    assert (once.classify(some).probabilities == later.classify(some).probabilities).all()
    assert (once.digits == later.digits).all()
    assert once.signs is not None
    assert later.signs is not None
    assert (once.signs.digits == later.signs.digits).all()


def test_a_clear_digit_is_read_without_pictures_and_damage_to_these_is_told_later(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    path = pathlib.Path(shutil.copy(BUNDLED, tmp_path))
    model = DigitKNN.of(read_model(path, pictures_later=True))
    path.write_bytes(b"another file")
    clear = sample.digits[sample.labels == 0][:1]
    assert model.classify(clear).labels.tolist() == [0]
    with pytest.raises(ModelError, match="is no knn-digits model"):
        _ = model.digits


def test_the_name_that_it_had_warns_for_one_release() -> None:
    with pytest.warns(DeprecationWarning, match="KnnClassifier is called DigitKNN now") as caught:
        assert knn_digits.KnnClassifier is DigitKNN
    assert caught[0].filename == __file__
    assert "KnnClassifier" not in knn_digits.__all__
    with pytest.raises(AttributeError, match="KnnKlassifier"):
        _ = knn_digits.KnnKlassifier
