"""What `KNeighborsClassifier` takes, `KNNClassifier` takes."""

from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from knn_digits.errors import DataError, UsageError
from knn_digits.estimators import KNNClassifier, KNNRegressor, KNNSearch
from knn_digits.neighbors.precise import CHOICES

Numbers = NDArray[Any]


@st.composite
def tied(draw: st.DrawFn) -> tuple[Numbers, Numbers, Numbers]:
    """Training vectors, classes and queries, of few values, so that distances and votes are often tied."""
    n, width = draw(st.integers(12, 60)), draw(st.sampled_from([1, 3, 16, 20]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.uint8, np.int64, np.float32, np.float64]))
    vectors = (rng.integers(0, 3, (n + 9, width)) * draw(st.sampled_from([1, 0.3]))).astype(dtype)
    return vectors[:n], rng.integers(-2, 3, n), vectors[n:]


@pytest.mark.parametrize("weights", ["uniform", "distance", lambda distances: 1 / (1 + distances)])
@pytest.mark.parametrize("algorithm", ["auto", "brute", "kd_tree", "ball_tree"])
@hypothesis.given(table=tied(), k=st.integers(1, 12), metric=st.sampled_from(["minkowski", "manhattan"]))
@hypothesis.settings(max_examples=8)
def test_with_scikit_learns_ties_every_answer_is_its_own_to_the_last_bit(
    weights: Any, algorithm: str, table: tuple[Numbers, Numbers, Numbers], k: int, metric: str
) -> None:
    X, y, queries = table
    options: dict[str, Any] = {"weights": weights, "algorithm": algorithm, "metric": metric}
    theirs = KNeighborsClassifier(k, **options).fit(X, y)
    ours = KNNClassifier(k, ties="sklearn", **options).fit(X, y)
    assert ours.predict(queries).tobytes() == theirs.predict(queries).tobytes()
    assert ours.predict_proba(queries).tobytes() == theirs.predict_proba(queries).tobytes()
    for one, other in zip(ours.kneighbors(queries), theirs.kneighbors(queries), strict=True):
        assert one.tobytes() == other.tobytes()
    changed = KNNClassifier(2, algorithm=algorithm, metric=metric).fit(X, y).set_params(ties="sklearn")
    changed.set_params(n_neighbors=k, weights=weights)
    assert changed.predict(queries).tobytes() == theirs.predict(queries).tobytes()


def test_with_scikit_learns_ties_classes_that_have_not_come_have_no_share() -> None:
    knn = KNNClassifier(1, ties="sklearn").partial_fit(
        [[0.0], [1.0]], ["b", "d"], classes=["a", "b", "c", "d"]
    )
    assert knn.predict_proba([[0.1]]).tolist() == [[0, 1, 0, 0]]
    assert knn.partial_fit([[0.1]], ["c"]).predict([[0.1]]).tolist() == ["c"]
    with pytest.raises(UsageError, match="power 1"):
        knn.set_params(power=2.0).predict([[0.1]])


@pytest.mark.parametrize("backend", CHOICES)
@hypothesis.given(
    seed=st.integers(0, 2**32 - 1), width=st.integers(1, 20), scale=st.sampled_from([1, 1e-160, 1e140])
)
@hypothesis.settings(max_examples=6)
def test_cosine_distances_are_exact(backend: str, seed: int, width: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(-2, 3, (40, width)).astype(float)  # some are all zeros
    X, queries = numbers[:30] * scale, numbers[25:] * scale
    distances, indices = KNNSearch(5, metric="cosine", backend=backend).fit(X).kneighbors(queries)
    true = cosine_distances(numbers[25:], numbers[:30])
    np.testing.assert_allclose(np.take_along_axis(true, indices, axis=1), distances, atol=1e-14)
    np.testing.assert_allclose(distances, np.sort(true, axis=1)[:, :5], atol=1e-14)


@pytest.mark.parametrize("metric", ["euclidean", "l2", "cosine", "minkowski"])
def test_what_a_metric_does_not_take_is_told_as_by_scikit_learn(metric: str) -> None:
    X = np.eye(5)
    for search in (KNNSearch, NearestNeighbors):
        with pytest.raises((TypeError, UserWarning), match="'mistyped'"):  # warnings are errors here
            search(n_neighbors=3, metric=metric, metric_params={"mistyped": 1}).fit(X).kneighbors(X)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan", "chebyshev"])
def test_all_within_a_radius_are_found_and_graphs_are_those_of_scikit_learn(metric: str) -> None:
    rng = np.random.default_rng(0)
    X, queries = rng.normal(size=(300, 4)), rng.normal(size=(7, 4))
    ours, theirs = KNNSearch(3, metric=metric).fit(X), NearestNeighbors(n_neighbors=3, metric=metric).fit(X)
    radius = 1.0001 * float(np.median(theirs.kneighbors(queries, 150)[0][:, -1]))  # none is exactly as far
    for asked in (queries, None):
        want = theirs.radius_neighbors(asked, radius, sort_results=True)
        for one, other in zip(ours.radius_neighbors(asked, radius)[1], want[1], strict=True):
            assert sorted(one.tolist()) == sorted(other.tolist())
        for found, graph in (
            (ours.kneighbors_graph(asked, mode="distance"), theirs.kneighbors_graph(asked, mode="distance")),
            (ours.radius_neighbors_graph(asked, radius), theirs.radius_neighbors_graph(asked, radius)),
        ):
            np.testing.assert_allclose(found.toarray(), graph.toarray(), atol=1e-12)


def test_what_is_as_far_as_the_radius_is_within_it_and_nothing_may_be() -> None:
    search = KNNSearch().fit([[0.0], [1.5], [5.0]])
    distances, indices = search.radius_neighbors([[3.0], [9.0]], 1.5)
    assert [found.tolist() for found in (*indices, *distances)] == [[1], [], [1.5], []]
    assert search.radius_neighbors_graph([[3.0], [9.0]], 1.5).toarray().tolist() == [[0, 1, 0], [0, 0, 0]]
    for radius in (-1, "1", None, np.nan):
        with pytest.raises(UsageError, match="radius must be"):
            search.radius_neighbors([[0.0]], radius)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="mode must be one of"):
        search.kneighbors_graph([[0.0]], 1, mode="weights")


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
def test_sparse_vectors_give_the_answers_of_dense_ones(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knn_digits.estimators.finders.BLOCK_BYTES", 8 * 30 * 7)  # blocks of 7 queries
    X = sparse.random_array((90, 30), density=0.2, rng=np.random.default_rng(0)).tocsr()
    y = np.arange(90) % 4
    dense = KNNClassifier(metric=metric).fit(X.toarray(), y)
    thin = KNNClassifier(metric=metric).fit(X[:40], y[:40]).partial_fit(X[40:], y[40:])
    for kind in (sparse.csr_array, sparse.coo_array, sparse.csc_matrix):
        assert (thin.predict(kind(X)) == dense.predict(X.toarray())).all()
        np.testing.assert_allclose(thin.kneighbors(kind(X))[0], dense.kneighbors(X.toarray())[0], atol=1e-12)
    assert thin.radius_neighbors(X, 0.5)[1].shape == (90,)


@pytest.mark.parametrize("ties", ["nearer", "sklearn"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_several_outputs_are_each_what_one_would_be(ties: str, weights: str) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 5)), np.stack([np.arange(80) % 3, np.arange(80) % 7], axis=1)
    both = KNNClassifier(weights=weights, ties=ties).fit(X, y)
    for place in (0, 1):
        alone = KNNClassifier(weights=weights, ties=ties).fit(X, y[:, place])
        assert (both.predict(X + 0.1)[:, place] == alone.predict(X + 0.1)).all()
        assert (both.predict_proba(X + 0.1)[place] == alone.predict_proba(X + 0.1)).all()
        assert both.classes_[place].tolist() == alone.classes_.tolist()
    for refused in (lambda: both.explain(X), lambda: both.partial_fit(X, y)):
        with pytest.raises(DataError, match="one"):
            refused()


def test_a_function_of_distances_may_weigh_and_what_it_may_not_return_is_told() -> None:
    X, y = [[0.0], [1.0], [2.0]], ["a", "b", "b"]
    assert KNNClassifier(3, weights=lambda d: d < 0.5).fit(X, y).predict([[0.1]]).tolist() == ["a"]
    with pytest.raises(DataError, match="zero weights"):
        KNNClassifier(3, weights=lambda d: d < 0).fit(X, y).predict([[0.1]])
    with pytest.raises(DataError, match="shape"):
        KNNClassifier(3, weights=len).fit(X, y).predict([[0.1]])


def test_weights_of_training_vectors_are_refused_in_words() -> None:
    for estimator in (KNNClassifier(1), KNNRegressor(1)):
        with pytest.raises(UsageError, match="fit takes no sample_weight: each vector has one vote"):
            estimator.fit([[0.0], [1.0]], [0, 1], sample_weight=[1, 2])


def test_training_vectors_may_be_judged_by_the_others() -> None:
    X, y = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]]), np.array([0, 0, 1, 1, 1])
    want = [
        KNNClassifier(1).fit(np.delete(X, row, 0), np.delete(y, row)).predict(X[[row]])[0] for row in range(5)
    ]
    assert KNNClassifier(1).fit(X, y).predict(None).tolist() == want
    with pytest.raises(DataError, match="no others"):
        KNNClassifier(1).fit(X[:1], y[:1]).predict(None)


def test_what_is_not_a_number_is_taken_by_the_metric_for_it_alone() -> None:
    X, y = np.array([[0, 1], [1, np.nan], [2, 3], [3, 5]]), [0, 0, 1, 1]
    assert KNNClassifier(1, metric="nan_euclidean").fit(X, y).predict(X).tolist() == y
    with pytest.raises(ValueError, match="NaN"):
        KNNClassifier(1).fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2, -1, -100, np.int64(1)])
def test_answers_do_not_depend_on_jobs(n_jobs: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 12))
    for metric in ("euclidean", "manhattan"):
        want = KNNClassifier(metric=metric).fit(X, np.arange(60) % 3).predict_proba(X)
        many = KNNClassifier(metric=metric, n_jobs=n_jobs).fit(X, np.arange(60) % 3)
        assert (many.predict_proba(X) == want).all()


def test_what_chooses_the_same_thing_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="both give the threads"):
        KNNClassifier(n_jobs=2, threads=2).fit([[0.0]], [0])
    with pytest.raises(UsageError, match="both choose the search"):
        KNNClassifier(algorithm="brute", backend="opencv").fit([[0.0]], [0])


@pytest.mark.parametrize("weights", ["uniform", "distance", lambda distances: 1 / (1 + distances)])
def test_the_regressor_predicts_what_scikit_learns_does(weights: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 6)), rng.normal(size=(90, 2))
    for numbers in (y, y[:, 0], np.arange(90)):
        ours, theirs = (kind(weights=weights).fit(X, numbers) for kind in (KNNRegressor, KNeighborsRegressor))
        np.testing.assert_allclose(ours.predict(X + 0.2), theirs.predict(X + 0.2), rtol=1e-9)
        np.testing.assert_allclose(ours.predict(None), theirs.predict(None), rtol=1e-9)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_an_explanation_names_the_neighbors_and_their_votes(metric: str) -> None:
    X, y = [[0.0], [1.0], [4.0]], ["near", "near", "far"]
    knn = KNNClassifier(3, weights="distance", metric=metric).fit(X, y)
    (why,) = knn.explain([[0.5]])
    assert why.label == "near"
    assert [(voter.row, voter.label, voter.distance) for voter in why.voters] == [
        (0, "near", 0.5),
        (1, "near", 0.5),
        (2, "far", 3.5),
    ]
    assert list(why.shares) == ["near", "far"]
    assert why.shares["near"] == pytest.approx(knn.predict_proba([[0.5]])[0, 1])
    assert sum(why.shares.values()) == pytest.approx(1)
