import os
import pathlib
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.neighbors import make_index
from knn_digits.neighbors.sharded import ShardedIndex, find_shards, write_shards
from tests.neighbors.test_contract import integers, same


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_shards_are_searched_by_processes_and_a_dead_one_is_an_error(tmp_path: pathlib.Path) -> None:
    vectors, queries = integers(90, 4, top=3), integers(8, 4, top=3, seed=1)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as holder:
        index = ShardedIndex(write_shards(tmp_path, vectors, 2), [holder])
        assert same(index.kneighbors(queries, 7), make_index("faiss", vectors).kneighbors(queries, 7))
        os.kill(holder.submit(os.getpid).result(), signal.SIGKILL)
        with pytest.raises(MissingPartError, match="a process that holds a shard is gone"):
            index.kneighbors(queries, 7)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_missing_shard_is_an_error_and_never_a_part_of_the_answer(
    tmp_path: pathlib.Path, executor: Executor, lost: int
) -> None:
    paths = write_shards(tmp_path, integers(30, 4), 3)
    paths[lost - 1].unlink()
    with pytest.raises(DataError, match=f"lacks shard-{lost}-of-3.npy"):
        find_shards(tmp_path)
    with pytest.raises(DataError, match=f"cannot read the shard .*shard-{lost}-of-3.npy"):
        ShardedIndex(paths, [executor])


def test_their_folder_is_named_by_a_path_or_a_text(tmp_path: pathlib.Path) -> None:
    assert (
        write_shards(str(tmp_path), integers(30, 4), 3) == find_shards(str(tmp_path)) == find_shards(tmp_path)
    )
    with pytest.raises(UsageError, match="the folder of shards must be named by a str or a path, got int"):
        find_shards(3)  # type: ignore[arg-type]


def test_shards_of_two_sets_are_not_taken_for_one(tmp_path: pathlib.Path) -> None:
    for n in (2, 3):
        write_shards(tmp_path, integers(30, 4), n)
    with pytest.raises(DataError, match="shards of 2 sets"):
        find_shards(tmp_path)


@pytest.mark.parametrize("n", [0, 31])
def test_there_are_no_empty_shards(tmp_path: pathlib.Path, n: int) -> None:
    with pytest.raises(UsageError, match=f"shards must be 1 to 30, the number of vectors, got {n}"):
        write_shards(tmp_path, integers(30, 4), n)


@pytest.mark.parametrize("scale", [1, 4097])  # whose squares float32 cannot tell apart
def test_the_nearest_across_shards_are_those_of_one_index_in_the_same_order(
    tmp_path: pathlib.Path, executor: Executor, scale: int
) -> None:
    vectors = integers(200, 6, top=2) + np.float32(scale) * integers(200, 6, top=1, seed=2)
    index = ShardedIndex(write_shards(tmp_path, vectors, 7), [executor])
    queries = integers(30, 6, top=2, seed=1)
    for k in (1, 11, 60, 300):
        assert same(index.kneighbors(queries, k), make_index("faiss", vectors).kneighbors(queries, k))
