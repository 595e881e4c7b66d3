import subprocess
import sys

PROGRAM = """
import cv2, faiss
from knn_digits.threads import limit_threads
limit_threads(None)
before = cv2.getNumThreads()
limit_threads(1)
print(before >= 1, cv2.getNumThreads(), faiss.omp_get_max_threads())
"""


def test_the_limit_holds_for_all_libraries() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "1", "1"]
