import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from knn_digits import cli, read_photos
from knn_digits.datasets import Dataset
from knn_digits.errors import MissingPartError, PhotoError, UsageError
from knn_digits.estimators import KNNClassifier
from knn_digits.memory import keep_memory
from knn_digits.neighbors import make_index
from knn_digits.neighbors.sharded import ShardedIndex, write_shards
from knn_digits.parallel import cluster
from tests.parallel.deadly import Deadly

dask = pytest.importorskip("dask", reason="needs the extra `distributed`")
distributed = pytest.importorskip("distributed", reason="needs the extra `distributed`")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One worker in a process of its own, another in its place where it dies, and no second chance."""
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "temporary-directory": str(tmp_path_factory.mktemp("dask")),
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as workers,
        distributed.Client(workers, set_as_default=False) as client,
    ):
        yield client


def test_a_cluster_reads_what_this_process_reads_in_the_same_order(
    client: Any, photos: list[pathlib.Path]
) -> None:
    photos.insert(3, photos[0].with_name("none.png"))
    alone, there = list(read_photos(photos * 3, "cnn")), list(read_photos(photos * 3, "cnn", client=client))
    assert list(map(repr, there)) == list(map(repr, alone))


def test_the_command_line_asks_a_scheduler(
    client: Any, photos: list[pathlib.Path], capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["classify", str(photos[0]), "--model", "cnn"]
    assert cli.run(words) == 0
    alone = capfd.readouterr().out
    assert cli.run([*words, "--scheduler", client.scheduler.address]) == 0
    assert capfd.readouterr().out == alone


def test_a_photo_of_which_workers_die_is_a_record_and_the_others_are_read(
    client: Any, photos: list[pathlib.Path], deaths: pathlib.Path
) -> None:
    results = [result for _, result in read_photos(photos, Deadly(5, deaths, 9), client=client)]
    errors = {place: str(one) for place, one in enumerate(results) if isinstance(one, PhotoError)}
    assert list(errors) == [5]
    assert errors[5].startswith("worker died")


def test_never_are_more_chunks_asked_for_than_the_window_holds(
    client: Any, photos: list[pathlib.Path]
) -> None:
    asked = []

    def endless() -> Iterator[pathlib.Path]:
        while True:
            asked.append(1)
            yield photos[0]

    results = read_photos(endless(), "cnn", client=client)
    for _ in range(20):
        next(results)
    assert len(asked) <= 20 + cluster.CHUNK * (cluster.AHEAD + 1)


def test_workers_keep_the_memory_that_they_free(client: Any) -> None:
    assert set(client.run(keep_memory).values()) == {sys.platform == "linux"}


def test_workers_hold_shards_whose_nearest_are_those_of_one_index(
    client: Any, vectors: Any, tmp_path: pathlib.Path
) -> None:
    index = ShardedIndex(write_shards(tmp_path, vectors[0], 3), [client.get_executor()])
    alone = make_index("faiss", vectors[0]).kneighbors(vectors[0][:20], 11)
    there = index.kneighbors(vectors[0][:20], 11)
    assert [array.tolist() for array in there] == [array.tolist() for array in alone]


@pytest.mark.parametrize("client", [3, "tcp://127.0.0.1:8786"])
def test_what_is_no_client_is_refused(client: Any) -> None:
    with pytest.raises(UsageError, match=r"client must be a synchronous distributed.Client"):
        read_photos([], "cnn", client=client)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(
        MissingPartError, match=r"no scheduler answers at tcp://127.0.0.1:1: .*dask scheduler"
    ):
        cluster.connect("tcp://127.0.0.1:1")


@pytest.mark.parametrize("address", ["127.0.0.1", "tcp://127.0.0.1:x", "nope://127.0.0.1:8786"])
def test_what_is_no_address_is_told_as_that(address: str) -> None:
    with pytest.raises(UsageError, match=f"a scheduler is such as tcp://HOST:8786, got '{address}'"):
        cluster.connect(address)


@pytest.mark.parametrize("content", [None, "", "text", "[1]", "{}", '{"address": 5}', '{"address": "x"}'])
def test_a_file_that_no_scheduler_writes_is_not_waited_for_without_an_end(
    content: str | None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0)
    if content is not None:
        (tmp_path / "scheduler.json").write_text(content)
    reason = "No such file" if content is None else "it is no file that a scheduler wrote"
    with pytest.raises(MissingPartError, match=rf"no scheduler answers at .*scheduler.json: {reason}"):
        cluster.connect(None, str(tmp_path / "scheduler.json"))


@pytest.fixture(scope="module")
def vectors(sample: Dataset) -> Any:
    """Two hundred vectors of pixels, and their labels."""
    return sample.digits[:200].reshape(200, -1).astype(np.float32), sample.labels[:200]


def test_a_search_over_options_runs_on_a_cluster_by_joblib(client: Any, vectors: Any) -> None:
    search = GridSearchCV(KNNClassifier(), {"n_neighbors": [1, 3]}, cv=2)
    with joblib.parallel_backend("dask", client=client):
        there = clone(search).fit(*vectors).cv_results_["mean_test_score"]
    assert there.tolist() == clone(search).fit(*vectors).cv_results_["mean_test_score"].tolist()


def test_arrays_of_dask_are_predicted_block_by_block(client: Any, vectors: Any) -> None:
    arrays = pytest.importorskip("dask.array", reason="needs Dask's arrays")
    fitted = KNNClassifier().fit(vectors[0][:100], vectors[1][:100])
    blocks = arrays.from_array(vectors[0], chunks=(64, -1))
    labels = blocks.map_blocks(fitted.predict, drop_axis=1, dtype=fitted.classes_.dtype)
    assert client.compute(labels).result().tolist() == fitted.predict(vectors[0]).tolist()


@pytest.mark.filterwarnings("ignore")  # of Dask-ML's own imports
def test_dask_ml_wraps_a_fitted_estimator(client: Any, vectors: Any) -> None:
    wrappers = pytest.importorskip("dask_ml.wrappers", reason="needs Dask-ML", exc_type=ImportError)
    arrays = pytest.importorskip("dask.array", reason="needs Dask's arrays")
    fitted = wrappers.ParallelPostFit(KNNClassifier()).fit(vectors[0][:100], vectors[1][:100])
    there = client.compute(fitted.predict(arrays.from_array(vectors[0], chunks=(64, -1)))).result()
    assert there.tolist() == fitted.estimator.predict(vectors[0]).tolist()
