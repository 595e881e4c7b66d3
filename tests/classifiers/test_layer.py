"""What `with_layer` promises: more training digits, searched beside the model's own."""

import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Digits, Labels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.features.pixels import PixelValues
from knn_digits.neighbors import BACKENDS

OWN, MORE = 400, 60  # digits


def fit(digits: Digits, labels: Labels, *, backend: str = "faiss", k: int = 5) -> DigitKNN:
    options = KnnOptions(k=k, backend=backend, device="cpu")
    return DigitKNN.fit(digits, labels, feature=PixelValues(), options=options)


@pytest.fixture(scope="module", params=BACKENDS)
def own(request: pytest.FixtureRequest, sample: Dataset) -> DigitKNN:
    """A model of 400 digits, with each backend in turn."""
    return fit(sample.digits[:OWN], sample.labels[:OWN], backend=request.param)


@pytest.fixture
def layered(own: DigitKNN, sample: Dataset) -> DigitKNN:
    more = slice(OWN, OWN + MORE)
    return own.with_layer(sample.digits[more], sample.labels[more])


def test_a_digit_of_the_layer_is_its_own_nearest_neighbor_behind_the_models_own(
    layered: DigitKNN, sample: Dataset
) -> None:
    distances, indices = layered.kneighbors(sample.digits[OWN : OWN + MORE])
    assert (distances[:, 0] == 0).all()
    assert indices[:, 0].tolist() == list(range(OWN, OWN + MORE))


def test_the_indices_are_rows_of_the_layered_digits_and_labels(layered: DigitKNN, sample: Dataset) -> None:
    assert (layered.digits == sample.digits[: OWN + MORE]).all()
    assert (layered.labels == sample.labels[: OWN + MORE]).all()
    votes = layered.classify(sample.digits[1000:1100])
    assert (votes.neighbor_labels == layered.labels[votes.indices]).all()


def test_a_layer_is_as_good_as_a_model_fitted_on_all(layered: DigitKNN, sample: Dataset) -> None:
    every = fit(sample.digits[: OWN + MORE], sample.labels[: OWN + MORE], backend=layered.options.backend)
    queries = sample.digits[1000:1200]
    ours, theirs = layered.kneighbors(queries), every.kneighbors(queries)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    assert (ours[1] == theirs[1]).all()


def test_at_equal_distances_the_models_own_digits_come_first(own: DigitKNN, sample: Dataset) -> None:
    twins = own.with_layer(sample.digits[:OWN], (sample.labels[:OWN] + 1) % 10)
    distances, indices = twins.kneighbors(sample.digits[:50])
    assert (distances[:, :2] == 0).all()
    assert indices[:, :2].tolist() == [[row, row + OWN] for row in range(50)]


def test_a_batch_is_its_digits_one_by_one(layered: DigitKNN, sample: Dataset) -> None:
    queries = sample.digits[440:480]
    distances, indices = layered.kneighbors(queries)
    for row, query in enumerate(queries):
        one_distances, one_indices = layered.kneighbors(query[None])
        assert (one_indices[0] == indices[row]).all()
        np.testing.assert_allclose(one_distances[0], distances[row], rtol=1e-5)


def test_distances_ascend_and_there_are_k_of_them(layered: DigitKNN, sample: Dataset) -> None:
    distances, indices = layered.kneighbors(sample.digits[1000:1050])
    assert distances.shape == indices.shape == (50, 5)
    assert distances.dtype == np.float32
    assert indices.dtype == np.int64
    assert (np.diff(distances, axis=1) >= 0).all()


def test_a_layer_may_be_smaller_than_k(own: DigitKNN, sample: Dataset) -> None:
    one = own.with_layer(sample.digits[777:778], sample.labels[777:778])
    distances, indices = one.kneighbors(sample.digits[777:778])
    assert indices.shape == (1, 5)
    assert (int(indices[0, 0]), float(distances[0, 0])) == (OWN, 0.0)


def test_the_model_itself_is_left_as_it_was(own: DigitKNN, sample: Dataset) -> None:
    before = own.kneighbors(sample.digits[1000:1010])
    layered = own.with_layer(sample.digits[1000:1010], sample.labels[1000:1010])
    assert [layer.name for layer in layered.layers] == ["more"]
    assert not own.layers
    assert len(own.digits) == len(own.labels) == OWN
    after = own.kneighbors(sample.digits[1000:1010])
    assert (after[0] == before[0]).all()
    assert (after[1] == before[1]).all()


def test_a_saved_model_has_no_layer(
    own: DigitKNN, layered: DigitKNN, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    own.save(tmp_path / "own.npz")
    layered.save(tmp_path / "layered.npz")
    assert (tmp_path / "own.npz").read_bytes() == (tmp_path / "layered.npz").read_bytes()
    again = DigitKNN.load(tmp_path / "layered.npz")
    assert not again.layers
    assert (again.digits == own.digits).all()


def test_a_layer_does_not_change_what_validation_finds(sample: Dataset) -> None:
    own = fit(sample.digits[:OWN], sample.labels[:OWN])
    own.validate()
    found = own.header["validation"]
    layered = own.with_layer(sample.digits[OWN:500], sample.labels[OWN:500])
    layered.validate()
    assert layered.header["validation"] == found


@pytest.mark.parametrize(
    ("digits", "labels"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.array([1])),
        (np.zeros((2, 784), np.uint8), np.array([1, 7])),
        (np.zeros((2, 28, 28), np.uint8), np.array([1, 11])),
    ],
)
def test_digits_and_labels_that_do_not_fit_are_told(digits: Digits, labels: Labels, own: DigitKNN) -> None:
    with pytest.raises(DataError):
        own.with_layer(digits, labels)


def test_layers_stand_one_behind_the_other_and_each_digit_tells_whose_it_is(
    own: DigitKNN, sample: Dataset
) -> None:
    both = own.with_layer(sample.digits[OWN:430], sample.labels[OWN:430], name="first")
    both = both.with_layer(sample.digits[430:460], sample.labels[430:460], name="second")
    distances, indices = both.kneighbors(sample.digits[:460])
    assert (distances[:, 0] == 0).all()
    assert indices[:, 0].tolist() == list(range(460))
    assert (both.labels[:460] == sample.labels[:460]).all()
    assert both.origin(OWN - 1) == ("model", OWN - 1)
    assert both.origin(OWN) == ("first", 0)
    assert both.origin(459) == ("second", 29)
    with pytest.raises(IndexError):
        both.origin(460)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_a_digit_that_counts_as_k_decides_alone_where_it_is_nearest(weights: str, sample: Dataset) -> None:
    options = KnnOptions(k=11, weights=weights, device="cpu")
    own = DigitKNN.fit(sample.digits[:OWN], sample.labels[:OWN], feature=PixelValues(), options=options)
    query, wrong = sample.digits[500:501], (sample.labels[500:501] + 1) % 10
    votes = own.with_layer(query, wrong, copies=11).classify(query)
    assert votes.labels.tolist() == wrong.tolist()
    assert votes.indices.tolist() == [[OWN] * 11]
    assert votes.probabilities[0, wrong[0]] == 1
    assert votes.strangeness[0] == 0


def test_a_digit_that_counts_as_k_counts_once_behind_a_nearer_one(own: DigitKNN, sample: Dataset) -> None:
    query = sample.digits[:1]
    behind = own.with_layer(sample.digits[500:501], sample.labels[500:501], copies=5)
    near = behind.with_layer(query, sample.labels[:1], name="near")
    assert np.count_nonzero(near.classify(query).indices == OWN) <= 1
    assert (near.classify(query).indices[0, :2] == [0, OWN + 1]).all()


def test_leaving_one_out_is_a_model_without_that_digit(own: DigitKNN, sample: Dataset) -> None:
    rows = np.array([3, 250, OWN - 1])
    votes = own.leave_one_out(rows)
    for place, row in enumerate(rows):
        rest = np.delete(np.arange(OWN), row)
        model = fit(sample.digits[rest], sample.labels[rest], backend=own.options.backend)
        alone = model.classify(sample.digits[row : row + 1])
        assert rest[alone.indices[0]].tolist() == votes.indices[place].tolist()
        assert alone.labels[0] == votes.labels[place]
        np.testing.assert_allclose(alone.distances[0], votes.distances[place], rtol=1e-4)


def test_leaving_out_none_has_no_votes_and_copies_of_a_digit_stay(sample: Dataset) -> None:
    copies = np.repeat(sample.digits[:1], 30, axis=0)
    model = fit(np.concatenate([copies, sample.digits[1:50]]), np.repeat([4, 5], [30, 49]))
    votes = model.leave_one_out(np.arange(30))
    assert not (votes.indices == np.arange(30)[:, None]).any()
    assert (votes.distances == 0).all()
    assert model.leave_one_out(np.empty(0, np.int64)).labels.shape == (0,)
