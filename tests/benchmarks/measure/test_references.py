"""What the curve of references promises: every rule is asked for as many, and all meet where all are kept."""

from typing import Any

import numpy as np
import pytest

from benchmarks.measure.references import BUNDLED, HANDED, HART, measure
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import Hands


@pytest.fixture(scope="module")
def found(sample: Dataset) -> dict[str, Any]:
    few = Dataset(sample.digits[:1500], sample.labels[:1500], sample.name, sample.split)
    none = few.digits[:0]
    hands = Hands(
        digits=few.digits[:10],
        labels=few.labels[:10],
        sources=np.full(10, "drawn"),
        signs=none,
        names=np.empty(0, "U1"),
    )
    return measure(few, hands)


def test_a_rule_that_keeps_fewer_has_no_errors_told(found: dict[str, Any]) -> None:
    sizes, errors = found["sizes"], found["errors"]
    assert sizes == sorted(sizes)
    assert sizes[-1] == found["known"]
    assert {len(counts) for counts in errors.values()} == {len(sizes)}
    assert errors[HART][0] is not None
    assert errors[HART][-1] is None


def test_where_all_are_kept_it_is_no_matter_in_which_order(found: dict[str, Any]) -> None:
    errors = found["errors"]
    assert errors["by chance"][-1] == errors[BUNDLED][-1]
    assert errors[HANDED][-1] is not None
