"""A classifier -> the SHA-256 of all by which it answers, so that two runs know whether they had the same."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.classifiers import Classifier
from knn_digits.storage import sha256


def fingerprint(model: Classifier) -> str:
    """Return the SHA-256, as hexadecimal digits, of a model's header and of what it knows.

    What stands beside its own digits counts: learned digits, other hands and signs.
    """
    header = np.frombuffer(json.dumps(model.header, sort_keys=True).encode(), np.uint8)
    if model.knn is None:  # the header of a network has the SHA-256 of its file
        return sha256(header)
    known = model.knn.known
    arrays: list[NDArray[Any]] = [known.own_labels, known.own_vectors]
    for layer in known.layers:
        arrays += [layer.labels, layer.vectors, layer.digits, np.array(layer.copies)]
    if known.signs is not None:
        arrays += [known.signs.names, known.signs.vectors]
    return sha256(header, *arrays)
