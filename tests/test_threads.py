import subprocess
import sys
import threading

import cv2
import faiss  # noqa: F401 (its pools are counted)
import pytest
from threadpoolctl import threadpool_info

from knn_digits.errors import UsageError
from knn_digits.threads import limit_threads, limited_threads

NOW = """
import cv2, faiss
from knn_digits.threads import limit_threads
limit_threads(None)
before = cv2.getNumThreads()
limit_threads(1)
"""
LATER = """
import cv2
from knn_digits.threads import limit_threads
limit_threads(1)
import faiss
"""
REPORT = """
import numpy, sklearn.neighbors, threadpoolctl
pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
print(cv2.getNumThreads(), faiss.omp_get_max_threads(), *pools)
"""


def counts() -> list[int]:
    return [cv2.getNumThreads(), *[pool["num_threads"] for pool in threadpool_info()]]


@pytest.mark.parametrize("program", [NOW, LATER], ids=["loaded before", "loaded later"])
def test_the_limit_holds_for_all_libraries(program: str) -> None:
    run = subprocess.run([sys.executable, "-c", program + REPORT], capture_output=True, text=True, check=True)
    assert len(run.stdout.split()) > 3
    assert set(run.stdout.split()) == {"1"}


def test_a_block_has_its_limit_and_puts_back_what_was() -> None:
    before = counts()
    with limited_threads(1):
        assert set(counts()) == {1}
        with limited_threads(None):
            assert set(counts()) == {1}
    assert counts() == before
    with pytest.raises(ZeroDivisionError), limited_threads(1):
        _ = 1 / 0
    assert counts() == before


def test_blocks_of_several_threads_that_overlap_put_back_what_was() -> None:
    before = counts()
    entered, left = threading.Event(), threading.Event()
    inside: list[list[int]] = []

    def stay() -> None:
        with limited_threads(1):
            entered.set()
            left.wait(10)
            inside.append(counts())

    other = threading.Thread(target=stay)
    with limited_threads(1):
        other.start()
        entered.wait(10)
    left.set()
    other.join()
    assert set(inside[0]) == {1}
    assert counts() == before


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_what_is_no_number_of_threads_is_refused(threads: int) -> None:
    with pytest.raises(UsageError, match="threads must be an integer of at least 1"):
        limit_threads(threads)
    with (
        pytest.raises(UsageError, match="threads must be an integer of at least 1"),
        limited_threads(threads),
    ):
        pass
