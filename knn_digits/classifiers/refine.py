"""Stage 4, refined: shortlists of unsure digits -> the same, in the order of deformation distances."""

import numpy as np

from knn_digits.arrays import SIDE, Digits, Distances, Indices, Labels
from knn_digits.classifiers.rows import Rows
from knn_digits.features.deskew import Deskewed
from knn_digits.neighbors.deformation import Refinement, deformation_distances


def find_unsure(near: Labels, refinement: Refinement) -> Indices:
    """Return the rows of (n, k) labels of neighbors whose nearest do not agree, (m,) int64."""
    near = near[:, : refinement.agree]
    return np.flatnonzero((near != near[:, :1]).any(axis=1))


def measure_again(digits: Digits, training: Rows, shortlists: Indices) -> tuple[Distances, Indices]:
    """Measure digits against their shortlists, which may bend.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
    training : (m, 28, 28) uint8 array, or what takes rows as one does
    shortlists : (n, k) int64
        Rows of `training`.

    Returns
    -------
    distances : (n, k) float32
        Of deformation, ascending.
    indices : (n, k) int64
        The shortlists in that order; equal distances are ordered by the lower index.
    """
    if not len(digits):
        return np.empty(shortlists.shape, np.float32), shortlists
    known, places = np.unique(shortlists, return_inverse=True)
    candidates = list(_deskew(training[known])[places.reshape(shortlists.shape)])
    distances = np.stack(deformation_distances(_deskew(digits), candidates))
    order = np.lexsort((shortlists, distances), axis=1)
    return np.take_along_axis(distances, order, axis=1), np.take_along_axis(shortlists, order, axis=1)


def _deskew(digits: Digits) -> Digits:
    return Deskewed()(digits).reshape(-1, SIDE, SIDE).astype(np.uint8)
