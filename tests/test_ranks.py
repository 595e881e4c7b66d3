import numpy as np
import pytest

from knn_digits.ranks import median, quantile


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 101, 1000])
def test_median_and_quantiles_are_those_of_numpy(dtype: type[np.generic], n: int) -> None:
    values = (100 * np.random.default_rng(n).random(n)).astype(dtype)
    assert median(values) == np.median(values)
    for share in (0.0, 0.05, 0.5, 0.75, 0.9, 1.0):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-6)
