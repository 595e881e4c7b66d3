import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is told apart as Linux does")

# How many times its system gives a process a page, while 60 MB are taken ten times, after `fit` or before.
FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1:]:
    from knn_digits.cli.fit import fit
    fit.main(sys.argv[1:], standalone_mode=False)
def take():
    for array in [np.empty(20_000_000, np.uint8) for _ in range(3)]:
        array[::4096] = 1
take()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    take()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults_of(*arguments: str) -> int:
    command = [sys.executable, "-c", FAULTS, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def test_fit_keeps_the_memory_that_it_frees(tmp_path: object) -> None:
    options = ("--data", "sample", "--features", "blocks", "--output", f"{tmp_path}/model.npz")
    assert faults_of(*options) < faults_of() / 2
