import os
import subprocess
import sys
import threading

import cv2
import faiss  # noqa: F401 (its pools are counted)
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from knn_digits.errors import UsageError
from knn_digits.threads import hold_threads, limit_threads, limited_threads, usable_threads

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


@pytest.mark.parametrize("threads", [np.True_, np.float64(2), None, [2]])
def test_what_numpy_has_for_a_number_is_told_from_what_is_none(threads: object) -> None:
    with pytest.raises(UsageError, match="threads must be an integer of at least 1"):
        hold_threads(threads)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, np.int64(1), np.uint8(200), 4000, 10**10, 10**400])
def test_no_more_threads_are_used_than_run_at_once(threads: int) -> None:
    before = counts()
    with limited_threads(threads):
        assert max(counts()) <= usable_threads() <= (os.cpu_count() or 1)
    assert counts() == before
    assert type(hold_threads(threads)) is int


def test_the_limit_is_held_to_the_cores_for_good_too() -> None:
    program = "import knn_digits, cv2; knn_digits.limit_threads(10**10)" + REPORT
    run = subprocess.run(
        [sys.executable, "-c", "import faiss;" + program], capture_output=True, text=True, check=True
    )
    assert max(map(int, run.stdout.split())) <= usable_threads()


# In processes of their own, as what hangs can be ended there.

FORK = """
import multiprocessing, os, sys, threading
import cv2, faiss, joblib, numpy as np, sklearn
import knn_digits
from knn_digits.estimators import DigitClassifier, KNNClassifier
from knn_digits.reading import read_photo

faiss.omp_set_num_threads(2)
cv2.setNumThreads(2)
fork = multiprocessing.get_context("fork")
rng = np.random.default_rng(0)
X, y = rng.integers(0, 256, (3000, 300)).astype(float), np.arange(3000) % 10


def in_child(work, *arguments):
    child = fork.Process(target=work, args=arguments)
    child.start()
    child.join(30)
    if child.is_alive():
        child.kill()
        sys.exit("the child hangs")
    assert child.exitcode == 0, child.exitcode


def same(model, queries, want):
    assert (model.predict(queries) == want).all()


def used(backend, threads=None):
    model = KNNClassifier(5, backend=backend, threads=threads).fit(X, y)
    return model, X[:600], model.predict(X[:600])
"""
CHILDREN = {
    "of each backend": """
for backend in ("auto", "faiss", "opencv", "pca", "sklearn", "tree"):
    in_child(same, *used(backend))
in_child(same, *used("faiss", 2))
in_child(same, *used("pca", 1))
""",
    "of children and threads": """
known = used("faiss")

def in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: (work(), found.append(1)))
    thread.start()
    thread.join()
    assert found

in_child(lambda: used("faiss") and same(*known))
in_child(lambda: (same(*known), in_child(same, *known)))
in_child(lambda: in_thread(lambda: same(*known)))
in_thread(lambda: (same(*known), in_child(same, *known)))
""",
    "that is told of threads": """
from knn_digits.threads import limited_threads

known = used("faiss")
blur = lambda: cv2.GaussianBlur(np.zeros((2000, 2000), np.uint8), (0, 0), 5)
blur()

def work():
    for threads in (1, 2, 1):
        knn_digits.limit_threads(threads)
        same(*known)
        blur()

in_child(work)
with limited_threads(1):
    child = os.fork()
same(*known)
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
""",
    "of a pool": """
model, queries, want = used("faiss")
with fork.Pool(4) as pool:
    answers = pool.map_async(model.predict, [queries] * 8).get(60)
calls = [joblib.delayed(model.predict)(queries)] * 3
answers += joblib.Parallel(2, backend="multiprocessing", timeout=60)(calls)
assert all((found == want).all() for found in answers)
""",
    "that reads photos": """
sample = knn_digits.load_dataset("sample")
digits = DigitClassifier("pixels", dimensions=0, refine=False).fit(sample.digits, sample.labels)
models = [None, digits.model_, knn_digits.load_classifier("cnn")]
page = np.full((200, 400), 255, np.uint8)
page[60:116, 100:156] = 255 - sample.digits[7].repeat(2, 0).repeat(2, 1)
want = [read_photo(page, model).text for model in models]
known = digits, sample.digits[:600], digits.predict(sample.digits[:600])

def work():
    same(*known)
    assert [read_photo(page, model).text for model in models] == want

in_child(work)
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.parametrize("child", CHILDREN.values(), ids=CHILDREN.keys())
def test_a_forked_child_answers_as_its_parent_does(child: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FORK + child],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
