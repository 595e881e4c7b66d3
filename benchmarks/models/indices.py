"""Pixel vectors -> every way to search them: ours, its peers and approximate ones, a call on queries."""

import functools
import importlib.util
from collections.abc import Callable
from typing import Any, TypeAlias

import cv2
import faiss
import numpy as np
from sklearn.neighbors import NearestNeighbors

from knn_digits.arrays import Indices, Vectors
from knn_digits.neighbors import make_index
from knn_digits.neighbors.pca import PcaIndex

Search: TypeAlias = Callable[[Vectors], Any]
Maker: TypeAlias = Callable[[Vectors], Search]
K = 11
OURS = "knn-digits pca"
FLAT = "FAISS IndexFlatL2"
OPENCV = "OpenCV KNearest"
APPROXIMATE = ("hnswlib", "usearch")
HNSW_LINKS, HNSW_BUILD, HNSW_SEARCH = 16, 200, 100  # neighbors a node, and candidates kept in each phase


def find_makers() -> tuple[dict[str, Maker], dict[str, str]]:
    """Return a maker for every index that is installed, and why the others are skipped."""
    makers: dict[str, Maker] = {FLAT: MAKERS[FLAT]}
    makers |= {
        f"knn-digits {name}": functools.partial(_ours, name, "cpu")
        for name in ("pca", "faiss", "opencv", "sklearn")
    }
    makers |= {name: make for name, make in MAKERS.items() if name not in makers}
    skipped = {}
    if _has_gpu():
        makers["knn-digits faiss, GPU"] = functools.partial(_ours, "faiss", "cuda")
    else:
        skipped["GPU"] = "this machine has none, or FAISS is built without CUDA"
    for name, make in zip(APPROXIMATE, (_hnswlib, _usearch), strict=True):
        if importlib.util.find_spec(name):
            makers[f"{name} HNSW, approximate"] = make
        else:
            skipped[name] = f"not installed: `pip install {name}`"
    return makers, skipped


def found_rows(name: str, search: Search, queries: Vectors) -> Indices | None:
    """Return the rows (n, k) that a search finds; None where it gives labels in their place."""
    if name == OPENCV:
        return None
    found: Any = search(queries)
    return np.asarray(found if isinstance(found, np.ndarray) else found[1], np.int64)


def _has_gpu() -> bool:
    return bool(getattr(faiss, "get_num_gpus", int)())


def _ours(backend: str, device: str, training: Vectors) -> Search:
    return functools.partial(make_index(backend, training, device=device).kneighbors, k=K)


def _hnswlib(training: Vectors) -> Search:
    import hnswlib

    index = hnswlib.Index(space="l2", dim=training.shape[1])
    index.init_index(max_elements=len(training), M=HNSW_LINKS, ef_construction=HNSW_BUILD, random_seed=1)
    index.add_items(training)
    index.set_ef(HNSW_SEARCH)
    return lambda queries: index.knn_query(queries, k=K)[0]


def _usearch(training: Vectors) -> Search:
    from usearch.index import Index

    index = Index(
        ndim=training.shape[1],
        metric="l2sq",
        dtype="f32",
        connectivity=HNSW_LINKS,
        expansion_add=HNSW_BUILD,
        expansion_search=HNSW_SEARCH,
    )
    index.add(np.arange(len(training), dtype=np.uint64), training)
    return lambda queries: np.asarray(index.search(queries, K).keys).reshape(len(queries), -1)


def _pca(training: Vectors) -> Search:
    return functools.partial(PcaIndex(training).kneighbors, k=K)


def _faiss(training: Vectors) -> Search:
    index = faiss.IndexFlatL2(training.shape[1])
    index.add(training)
    return lambda queries: index.search(queries, K)


def _scikit(training: Vectors) -> Search:
    index = NearestNeighbors(n_neighbors=K, algorithm="brute").fit(training)
    search: Search = index.kneighbors
    return search


def _opencv(training: Vectors) -> Search:
    index = cv2.ml.KNearest.create()
    index.setAlgorithmType(cv2.ml.KNEAREST_BRUTE_FORCE)
    index.train(training, cv2.ml.ROW_SAMPLE, np.zeros(len(training), np.float32))
    return lambda queries: index.findNearest(queries, K)


MAKERS = {OURS: _pca, FLAT: _faiss, "scikit-learn brute": _scikit, OPENCV: _opencv}
