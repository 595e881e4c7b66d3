"""A model and digits -> the most memory that a fresh process holds while it classifies them."""

import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

from knn_digits.arrays import Digits

# The peak of a process that reads model and digits, and classifies. Linux counts in KiB, macOS in bytes. What
# getrusage tells on Linux begins with the memory of the process that started this one, VmHWM does not.
PEAK = """
import pathlib, resource, sys, numpy as np
from knn_digits.classifiers.load import load_classifier
from knn_digits.threads import limit_threads
model, digits = load_classifier(sys.argv[1]), np.load(sys.argv[2])
limit_threads(int(sys.argv[3]))
model.classify(digits)
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [line.split()[1] for line in lines if line.startswith("VmHWM")]
peak = int(own[0]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak * (1 if sys.platform == "darwin" else 1024))
"""


def peak_of(model: str, digits: Digits) -> int:
    """Return the bytes, of a model file or a network by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "digits.npy"
        np.save(path, digits)
        command = [sys.executable, "-c", PEAK, model, str(path), str(cv2.getNumThreads())]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)
