"""Door: vectors of any numbers -> their neighbors, without classes."""

from typing import Any

from knn_digits.estimators.base import KNNBase


class KNNSearch(KNNBase):
    """Find the nearest of any vectors, as `sklearn.neighbors.NearestNeighbors` does.

    Euclidean and cosine distances are as exact as float64, whatever the backend searches in, and equal ones
    are ordered by the lower index. Other metrics go to scikit-learn's backends.

    Parameters
    ----------
    n_neighbors : int
    algorithm : {"auto", "brute", "kd_tree", "ball_tree"}
        Speed alone: for the exact metrics "brute" is the backend "faiss", and the trees are "tree".
    leaf_size : int
        Of scikit-learn's trees.
    metric : str or callable
        "euclidean", "cosine", or another of `sklearn.neighbors.VALID_METRICS`; "minkowski" is Euclidean for
        p = 2. "precomputed": X has the distances.
    p : float
        Of "minkowski".
    metric_params : dict, optional
        What else the metric takes.
    n_jobs : int, optional
        scikit-learn's word for `threads`; -1 is all cores.
    backend : {"auto", "faiss", "opencv", "pca", "sklearn", "tree"}
        Speed alone, the answers are the same. "auto" goes by the width of the vectors.
    device : {"auto", "cpu", "cuda"}
        Where FAISS searches.
    threads : int, optional
        Of all libraries together, at most as many as there are cores. By default as many as they take.
        A forked child has one, whatever is asked for.

    Attributes
    ----------
    n_features_in_ : int
    n_samples_fit_ : int
    effective_metric_ : str or callable
        "euclidean" for "minkowski" with p = 2.

    Examples
    --------
    >>> search = KNNSearch(n_neighbors=2, metric="cosine").fit([[1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    >>> search.kneighbors([[5.0, 5.0]], return_distance=False).tolist()
    [[2, 0]]
    """

    def fit(self, X: Any, y: object = None) -> "KNNSearch":
        """Remember the vectors (n, d), dense or sparse.

        Parameters
        ----------
        X : (n, d)
        y : ignored

        Raises
        ------
        ValueError
            If X is no table of finite numbers, or a parameter is out of range.
        MissingPartError
            If backend or device is not there.
        """
        metric = self._check_parameters()
        self._hold(self._validate(X, reset=True), metric, prepare=True)
        return self
