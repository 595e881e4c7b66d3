import os
import pathlib
import pickle
import signal

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import load_dataset
from knn_digits.errors import DataError, MissingPartError, ModelError, UsageError
from knn_digits.features import make_feature
from knn_digits.neighbors.sharded import ShardedIndex

SAMPLE = load_dataset("sample")
DIGITS = np.concatenate([SAMPLE.digits[:300], SAMPLE.digits[:60]])  # of 60 there are two, in two shards
LABELS = np.concatenate([SAMPLE.labels[:300], SAMPLE.labels[:60]])
QUERIES = np.concatenate([SAMPLE.digits[290:310], SAMPLE.digits[:20]])


def fitted(shards: int) -> DigitKNN:
    return DigitKNN.fit(
        DIGITS,
        LABELS,
        feature=make_feature("blocks", {}),
        options=KnnOptions(shards=shards, backend="opencv"),
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("shards") / "model.npz"
    fitted(2).save(path)
    return path


def test_a_model_in_shards_answers_as_one_that_is_whole_also_when_it_was_sent(saved: pathlib.Path) -> None:
    whole, opened = fitted(1), DigitKNN.load(saved)
    assert isinstance(opened.known.index, ShardedIndex)
    models: list[DigitKNN] = [opened, pickle.loads(pickle.dumps(opened))]
    for model in models:
        ours, theirs = model.kneighbors(QUERIES, 9), whole.kneighbors(QUERIES, 9)
        assert np.array_equal(ours[0], theirs[0])
        assert np.array_equal(ours[1], theirs[1])
    assert np.array_equal(opened.classify(QUERIES).probabilities, whole.classify(QUERIES).probabilities)


def test_a_process_that_holds_a_shard_and_is_killed_is_an_error(saved: pathlib.Path) -> None:
    opened = DigitKNN.load(saved)
    assert isinstance(opened.known.index, ShardedIndex)
    os.kill(opened.known.index._executors[1].submit(os.getpid).result(), signal.SIGKILL)
    with pytest.raises(MissingPartError, match="a process that holds a shard is gone"):
        opened.classify(QUERIES)


def test_a_model_that_is_changed_or_gone_while_it_is_open_is_an_error(
    saved: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(saved.read_bytes())
    changed, gone = DigitKNN.load(path), DigitKNN.load(path)
    DigitKNN.fit(DIGITS[::2], LABELS[::2], feature=make_feature("blocks", {})).save(path)
    with pytest.raises(ModelError, match="not the model that was opened"):
        changed.classify(QUERIES)
    path.unlink()
    with pytest.raises(ModelError, match="cannot open the model"):
        gone.classify(QUERIES)


def test_only_a_model_in_shards_notes_them(saved: pathlib.Path) -> None:
    assert DigitKNN.load(saved).header["options"]["shards"] == 2
    assert "shards" not in fitted(1).header["options"]


@pytest.mark.parametrize("shards", [0, -1, 2.0, True, 5000])
def test_wrong_numbers_of_shards_are_named(shards: object) -> None:
    with pytest.raises((UsageError, DataError), match="shards must be"):
        KnnOptions(shards=shards)  # type: ignore[arg-type]


def test_there_are_no_more_shards_than_digits() -> None:
    with pytest.raises(UsageError, match="shards must be at most 360, the number of digits, got 361"):
        fitted(361)
