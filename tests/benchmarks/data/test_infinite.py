import pathlib

import numpy as np
import pytest

from benchmarks.data import infinite
from knn_digits.datasets import Dataset, load_dataset


def test_more_digits_than_a_file_may_hold_lie_in_several(
    sample: Dataset, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    monkeypatch.setattr(infinite, "BATCH", 10)
    (whole,) = infinite.write_digits(tmp_path / "one", sample.digits[:30], sample.labels[:30], n=75, seed=0)
    monkeypatch.setattr(infinite, "MOST", 25)  # so two batches
    paths = infinite.write_digits(tmp_path, sample.digits[:30], sample.labels[:30], n=75, seed=0)
    parts = [load_dataset(str(path)) for path in paths]
    assert [len(part.labels) for part in parts] == [20, 20, 20, 15]
    np.testing.assert_array_equal(
        np.concatenate([part.digits for part in parts]), load_dataset(str(whole)).digits
    )
    np.testing.assert_array_equal(
        np.concatenate([part.labels for part in parts]), np.resize(sample.labels[:30], 75)
    )
