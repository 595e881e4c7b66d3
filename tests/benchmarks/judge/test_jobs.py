from collections.abc import Iterator, Sequence

import pytest

from benchmarks.judge.jobs import spread


def twice(numbers: Sequence[int]) -> Iterator[int]:
    """Yield each number twice, as work may yield more or fewer results than items."""
    for number in numbers:
        yield from (number, number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_items_by_one_process_or_several(jobs: int) -> None:
    assert list(spread(twice, range(9), jobs=jobs)) == [n for n in range(9) for _ in range(2)]
