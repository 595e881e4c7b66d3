"""`KNNClassifier` beside scikit-learn's own, which it must equal up to the rule of ties."""

import pathlib
import pickle
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.estimators import KNNClassifier
from knn_digits.neighbors.precise import CHOICES
from tests.arrangements import arrangements

Numbers = NDArray[Any]


def blobs(
    n: int, d: int, *, seed: int = 0, offset: float = 0.0, scale: float = 1.0
) -> tuple[Numbers, Numbers]:
    """Vectors about three centers, with the names of their classes."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 3, n)
    vectors = rng.normal(size=(n, d)) + 2 * np.eye(3, max(d, 3))[places][:, :d]
    return vectors * scale + offset, np.array(["a", "b", "c"])[places]


def ours(backend: str, **parameters: Any) -> KNNClassifier:
    return KNNClassifier(backend=backend, **parameters)


# the same as scikit-learn's


@st.composite
def tables(draw: st.DrawFn) -> tuple[Numbers, Numbers, Numbers, int]:
    """Training vectors, classes, queries and k: few or many numbers, small or large, with ties or without."""
    n, m, d = draw(st.integers(2, 60)), draw(st.integers(1, 8)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    offset = draw(st.sampled_from([0.0, 1.0, 1e4, -1e6]))
    scale = draw(st.sampled_from([1e-30, 1.0, 1e25]))
    shape = n + m, d
    numbers = draw(st.sampled_from([rng.integers(0, 3, shape), rng.random(shape), rng.normal(size=shape)]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    vectors = ((offset + numbers) * scale).astype(dtype)
    return vectors[:n], rng.integers(-2, 4, n), vectors[n:], draw(st.integers(1, min(n, 12)))


@pytest.mark.parametrize("backend", CHOICES)
@hypothesis.given(table=tables())
@hypothesis.settings(max_examples=25)
def test_distances_are_those_of_scikit_learn(
    backend: str, table: tuple[Numbers, Numbers, Numbers, int]
) -> None:
    X, y, queries, k = table
    theirs = KNeighborsClassifier(k, algorithm="kd_tree").fit(X.astype(np.float64), y)
    want, _ = theirs.kneighbors(queries.astype(np.float64))
    distances, indices = ours(backend, n_neighbors=k).fit(X, y).kneighbors(queries)
    np.testing.assert_allclose(distances, want, rtol=1e-12, atol=0)
    measured = np.linalg.norm(X[indices].astype(float) - queries[:, None], axis=2)
    np.testing.assert_allclose(measured, want, rtol=1e-12, atol=0)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@hypothesis.given(table=tables())
def test_predictions_are_those_of_scikit_learn_where_its_votes_are_not_tied(
    weights: str, table: tuple[Numbers, Numbers, Numbers, int]
) -> None:
    X, y, queries, k = table
    theirs = KNeighborsClassifier(k, algorithm="kd_tree", weights=weights).fit(X.astype(float), y)
    distances, _ = KNeighborsClassifier(min(k + 1, len(X)), algorithm="kd_tree").fit(X, y).kneighbors(queries)
    one_set = (
        (distances[:, k - 1] < distances[:, -1] * (1 - 1e-12)) if len(X) > k else np.full(len(queries), True)
    )
    shares = np.sort(theirs.predict_proba(queries.astype(float)), axis=1)
    clear = one_set & ((shares[:, -1] - shares[:, -2] > 1e-9) if shares.shape[1] > 1 else True)
    found = KNNClassifier(k, weights=weights).fit(X, y)
    assert (found.predict(queries) == theirs.predict(queries.astype(float)))[clear].all()
    want = theirs.predict_proba(queries.astype(float))
    np.testing.assert_allclose(found.predict_proba(queries)[one_set], want[one_set], rtol=1e-9, atol=1e-12)


def test_what_only_float64_can_tell_apart_is_told_apart() -> None:
    X = np.array([[1e6], [1e6 + 1e-9], [1e6 + 3e-9]]).repeat(20, axis=1)
    for backend in CHOICES:
        _, indices = ours(backend, n_neighbors=3).fit(X, [0, 1, 2]).kneighbors(X[2:] + 1e-9)
        assert indices.tolist() == [[2, 1, 0]]


def test_a_query_far_away_finds_its_neighbors() -> None:
    X, y = blobs(300, 20)
    want = KNeighborsClassifier(5, algorithm="kd_tree").fit(X, y)
    for far in (1e3, 1e13):
        query = np.full((1, 20), far)
        for backend in CHOICES:
            distances, _ = ours(backend, n_neighbors=5).fit(X, y).kneighbors(query)
            np.testing.assert_allclose(distances, want.kneighbors(query)[0], rtol=1e-12)


# ties


def test_a_tie_of_votes_goes_to_the_nearer_class_and_the_probabilities_agree() -> None:
    knn = KNNClassifier(4).fit([[0.0], [3.0], [1.5], [2.0]], ["far", "far", "near", "near"])
    assert knn.predict([[1.6]]).tolist() == ["near"]
    shares = knn.predict_proba([[1.6]])
    np.testing.assert_allclose(shares, 0.5)
    assert knn.classes_[shares.argmax()] == "near"


@pytest.mark.parametrize("backend", CHOICES)
def test_equal_distances_are_ordered_by_the_lower_index(backend: str) -> None:
    X = np.random.default_rng(0).integers(0, 2, (500, 3)).astype(float)
    _, indices = ours(backend, n_neighbors=9).fit(X, np.zeros(500)).kneighbors(X[:20])
    squared = ((X[:20, None] - X) ** 2).sum(axis=2)
    assert indices.tolist() == np.argsort(squared, axis=1, kind="stable")[:, :9].tolist()


def test_copies_do_not_find_themselves() -> None:
    X = np.repeat([[0.0], [5.0]], 6, axis=0)
    knn = KNNClassifier(3).fit(X, np.arange(12) % 2)
    _, indices = knn.kneighbors()
    assert all(row not in near for row, near in enumerate(indices.tolist()))
    assert (X[indices[:, :, None], 0] == X[:, None]).all()


# classes, vectors that are added, parameters


def test_vectors_may_be_added_piece_by_piece() -> None:
    X, y = blobs(300, 6)
    whole = KNNClassifier().fit(X, y)
    parts = KNNClassifier().partial_fit(X[:10], y[:10], classes=["c", "b", "a"])
    for start in range(10, 300, 58):
        parts.partial_fit(X[start : start + 58], y[start : start + 58])
    assert parts.classes_.tolist() == ["a", "b", "c"]
    assert parts.n_samples_fit_ == 300
    for one, other in zip(whole.kneighbors(X), parts.kneighbors(X), strict=True):
        assert (one == other).all()
    assert parts.partial_fit(X[:1], y[:1]).kneighbors(X[:1], 2)[1].tolist() == [[0, 300]]
    assert parts.fit(X[:50], y[:50]).n_samples_fit_ == 50


def test_a_class_that_may_come_but_has_not_has_no_share() -> None:
    knn = KNNClassifier(1).partial_fit([[0.0], [1.0]], [1, 3], classes=[1, 2, 3])
    assert knn.predict_proba([[0.9]]).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(("y", "classes"), [([5], None), (["b"], None), ([1], [1, 5]), (["c"], None)])
def test_a_class_that_was_not_told_is_refused(y: Any, classes: Any) -> None:
    knn = KNNClassifier().partial_fit(
        [[0.0], [1.0]], ["1", "2"] if y == ["b"] else [1, 2]
    )  # "c" beside numbers
    with pytest.raises(ValueError, match="class") as caught:
        knn.partial_fit([[0.5]], y, classes=classes)
    if y == [5]:
        assert "the first partial_fit takes all that may come as `classes`" in str(caught.value)
    assert knn.n_samples_fit_ == 2


def test_where_there_are_fewer_vectors_than_neighbors_all_vote_but_are_not_asked_for() -> None:
    knn = KNNClassifier().fit([[0.0], [1.0], [2.0]], [7, 8, 8])
    assert knn.predict([[0.0]]).tolist() == [8]
    with pytest.raises(ValueError, match="n_neighbors must be an integer of 1 to 3, got 5"):
        knn.kneighbors([[0.0]])
    with pytest.raises(ValueError, match="1 to 2, got 3"):
        knn.kneighbors(n_neighbors=3)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_neighbors": 0}, "at least 1"),
        ({"n_neighbors": 2.0}, "integer"),
        ({"n_neighbors": True}, "integer"),
        ({"weights": "near"}, "uniform, distance"),
        ({"power": 0}, "above 0"),
        ({"backend": "annoy"}, "allowed are auto, faiss"),
        ({"device": "tpu"}, "allowed are auto, cpu, cuda"),
        ({"threads": 0}, "threads must be an integer of at least 1"),
    ],
)
def test_a_parameter_out_of_range_is_told_when_it_is_fitted(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        KNNClassifier(**parameters).fit([[0.0], [1.0]], [0, 1])


def test_cuda_without_a_gpu_is_told_when_it_is_fitted() -> None:
    import faiss

    if hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus():
        pytest.skip("this machine has a GPU")
    with pytest.raises(MissingPartError, match="--device cpu"):
        KNNClassifier(device="cuda").fit([[0.0], [1.0]], [0, 1])


# what is no table of numbers


@pytest.mark.parametrize(
    ("X", "error"),
    [
        (np.array([[np.nan], [1.0]]), ValueError),
        (np.array([[np.inf], [1.0]]), ValueError),
        (np.array([["x"], ["y"]], object), ValueError),
        (np.empty((0, 3)), ValueError),
        (np.empty((2, 0)), ValueError),
        (np.zeros(2), ValueError),
        (np.zeros((2, 2, 2)), ValueError),
        (np.array([[1e200], [1.0]]), DataError),
        (np.array([["2020-01-01"], ["2020-01-02"]], "datetime64[D]"), DataError),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_as_scikit_learn_does(X: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        KNNClassifier().fit(X, [0, 1])
    knn = KNNClassifier(1).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(error):
        knn.predict(X)


def test_what_is_not_fitted_or_of_another_width_is_told() -> None:
    for method in ("predict", "predict_proba", "kneighbors"):
        with pytest.raises(NotFittedError):
            getattr(KNNClassifier(), method)([[0.0]])
    knn = KNNClassifier().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="2 features, but KNNClassifier is expecting 1 features"):
        knn.predict([[0.0, 0.0]])
    with pytest.raises(ValueError, match="is expecting 1 features"):
        knn.partial_fit([[0.0, 0.0]], [0])


# at home in scikit-learn


def test_it_is_searched_and_validated_like_any_other() -> None:
    X, y = blobs(200, 5)
    pipeline = make_pipeline(StandardScaler(), KNNClassifier())
    grid = {"knnclassifier__n_neighbors": [1, 5], "knnclassifier__weights": ["uniform", "distance"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.6
    theirs = cross_val_score(KNeighborsClassifier(7), X, y, cv=3)
    assert cross_val_score(KNNClassifier(7), X, y, cv=3) == pytest.approx(theirs, abs=0.02)
    copied = clone(search.best_estimator_)
    assert copied.fit(X, y).score(X, y) == search.best_estimator_.score(X, y)


@pytest.mark.parametrize("backend", CHOICES)
def test_it_is_pickled_with_every_backend(backend: str) -> None:
    X, y = blobs(100, 20)
    knn = ours(backend).fit(X, y)
    again = pickle.loads(pickle.dumps(knn))
    assert (again.kneighbors(X)[0] == knn.kneighbors(X)[0]).all()


WRONG = [
    *[("n_neighbors", value) for value in (0, -3, 2.5, 2.0, "2", None, True, np.ones(3), np.float64(3))],
    *[("weights", value) for value in ("near", np.ones(3), ["uniform"])],
    *[("power", value) for value in (None, 0, -1, "2", True, np.nan, np.inf, 10**400, 1j, np.ones(3))],
    *[("backend", value) for value in ("nope", None, np.ones(3), 3)],
    *[("device", value) for value in ("tpu", None, np.ones((3, 3)))],
    *[("ties", value) for value in ("nearest", None, np.ones(3))],
    *[("algorithm", value) for value in ("tree", None, np.ones(3))],
    *[("leaf_size", value) for value in (0, 2.5, np.nan, np.inf, True, "2")],
    *[("metric", value) for value in ("near", None, np.ones(3))],
    *[("p", value) for value in (0, -1, "2", np.nan, True)],
    *[("metric_params", value) for value in ([1], "p")],
    *[("n_jobs", value) for value in (0, 1.5, "2", True)],
    *[("threads", value) for value in (0, -1, 1.5, "2", True, np.ones((3, 3)))],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_parameter_is_checked_when_it_is_fitted_and_wherever_it_is_used(name: str, value: Any) -> None:
    X, y = blobs(60, 4)
    with pytest.raises(UsageError, match=name) as caught:
        KNNClassifier(3).set_params(**{name: value}).fit(X, y)
    assert "\n" not in str(caught.value)
    knn = KNNClassifier(3).fit(X, y).set_params(**{name: value})
    for use in (
        lambda: knn.predict(X[:3]),
        lambda: knn.predict_proba(X[:3]),
        lambda: knn.kneighbors(X[:3]),
        knn.kneighbors,
        lambda: knn.score(X, y),
        lambda: knn.partial_fit(X, y),
    ):
        with pytest.raises(UsageError, match=name):
            use()


@pytest.mark.parametrize("n_neighbors", [0, 2.5, True, np.ones(2), 61])
def test_the_number_that_neighbors_are_asked_by_is_checked(n_neighbors: Any) -> None:
    X, y = blobs(60, 4)
    with pytest.raises(UsageError, match="n_neighbors must be an integer of 1 to 60"):
        KNNClassifier(3).fit(X, y).kneighbors(X[:3], n_neighbors)


def test_parameters_may_be_numbers_of_numpy() -> None:
    X, y = blobs(60, 4)
    parameters: dict[str, Any] = {"n_neighbors": np.int32(5), "power": np.float32(2), "threads": np.int64(1)}
    knn = KNNClassifier(**parameters, weights=np.str_("distance"))
    want = KNNClassifier(5, power=2, weights="distance").fit(X, y)
    assert (knn.fit(X, y).predict_proba(X) == want.predict_proba(X)).all()


@pytest.mark.parametrize("width", [4, 30])
@pytest.mark.parametrize("exponent", [-1060, -565, -535, -400, -200, 300, 490])
def test_tiny_and_huge_numbers_find_the_same_neighbors_by_every_backend(width: int, exponent: int) -> None:
    rng = np.random.default_rng(0)
    X, queries = rng.integers(0, 9, (200, width)) / 8, rng.integers(0, 9, (20, width)) / 8
    distances, indices = KNNClassifier(5).fit(X, np.zeros(200)).kneighbors(queries)
    for backend in CHOICES:
        knn = ours(backend, n_neighbors=5).fit(np.ldexp(X, exponent), np.zeros(200))
        found = knn.kneighbors(np.ldexp(queries, exponent))
        assert (found[1] == indices).all(), backend
        np.testing.assert_allclose(
            np.ldexp(found[0], -exponent), distances, rtol=1e-12 if exponent > -1000 else 0.1
        )


@pytest.mark.parametrize("backend", CHOICES)
def test_differences_too_small_to_square_are_ties_for_every_backend(backend: str) -> None:
    X = np.zeros((300, 12))
    X[:, 0] = np.random.default_rng(0).permutation(300) * 1e-170
    X[150:, 1] = 1.0
    indices = ours(backend, n_neighbors=5).fit(X, np.zeros(300)).kneighbors(X[[20, 200]])[1]
    assert indices.tolist() == [[0, 1, 2, 3, 4], [150, 151, 152, 153, 154]]


@pytest.mark.parametrize("backend", CHOICES)
def test_a_query_that_is_huge_beside_tiny_vectors_is_answered(backend: str) -> None:
    X = np.random.default_rng(0).random((50, 12)) * 1e-200
    distances, _ = ours(backend, n_neighbors=3).fit(X, np.zeros(50)).kneighbors(np.eye(12)[:1] * 3)
    assert distances.tolist() == [[3.0, 3.0, 3.0]]


@pytest.mark.parametrize("kind", [np.float64, np.longdouble])
def test_numbers_that_cannot_be_squared_are_refused(kind: Any) -> None:
    huge = np.full((3, 2), kind(10) ** 300)
    with pytest.raises(DataError, match="within 1e"):
        KNNClassifier(1).fit(huge, [0, 1, 2])
    with pytest.raises(DataError, match="within 1e"):
        KNNClassifier(1).fit(np.ones((3, 2)), [0, 1, 2]).predict(huge)


@pytest.mark.parametrize("backend", CHOICES)
def test_answers_do_not_depend_on_how_vectors_lie_in_memory(backend: str, tmp_path: pathlib.Path) -> None:
    X, y = blobs(80, 12)
    want = ours(backend).fit(X, y).predict_proba(X)
    for how, same in arrangements(X, tmp_path):
        assert (ours(backend).fit(same, y).predict_proba(X) == want).all(), how
        assert (ours(backend).fit(X, y).predict_proba(same) == want).all(), how
    for how, same in arrangements(np.unique(y, return_inverse=True)[1], tmp_path):
        assert (ours(backend).fit(X, same).predict_proba(X) == want).all(), how
