import subprocess
import sys
import time

import pytest

from benchmarks.measure.many import PAUSE, watching

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is told apart as Linux does")

MEGA = 1 << 20
# Takes 200 MB for a second, and gives them back before it tells so.
TAKE = """
import sys, time
some = b"1" * 200_000_000
time.sleep(1)
del some
print(flush=True)
sys.stdin.read()
"""


def test_memory_that_is_given_back_before_the_end_counts() -> None:
    command = [sys.executable, "-c", TAKE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with watching(lambda: [process.pid]) as sizes:
            process.stdout.readline()
        process.communicate()
    assert max(sizes) > 190 * MEGA


def test_processes_that_are_gone_count_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        with watching(lambda: [process.pid]) as sizes:
            time.sleep(3 * PAUSE)
    assert not sizes
