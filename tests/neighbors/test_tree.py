import sys

import numpy as np
import pytest

from knn_digits.errors import MissingPartError
from knn_digits.neighbors.tree import FEW, TreeIndex


@pytest.mark.parametrize(("m", "k"), [(1, 1), (5, 1), (5, 7), (FEW + 1, 3)])
def test_distances_ascend_and_belong_to_their_indices(m: int, k: int) -> None:
    rng = np.random.default_rng(0)
    vectors, queries = rng.random((200, 3)), rng.random((m, 3))
    distances, indices = TreeIndex(vectors).kneighbors(queries, k)
    assert distances.shape == indices.shape == (m, k)
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(distances, np.linalg.norm(vectors[indices] - queries[:, None], axis=2))
    everything = np.sort(np.linalg.norm(vectors - queries[:, None], axis=2), axis=1)
    np.testing.assert_allclose(distances, everything[:, :k])


def test_without_scipy_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.spatial", None)
    with pytest.raises(MissingPartError, match="pip install scipy"):
        TreeIndex(np.zeros((1, 1)))
