"""Models and indices -> what they cost: seconds, in turn with FAISS; bytes on disk and in memory."""

import importlib.metadata
import os
import pathlib
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np

import knn_digits
from benchmarks.measure.refinement import peak_of
from benchmarks.measure.search import FLAT, MAKERS, OPENCV_QUERIES, K, Search
from benchmarks.models.indices import find_makers, found_rows
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK, NETWORK, Entrant, PixelPeer
from benchmarks.models.settings import PLAIN_NAME
from benchmarks.models.study import Study
from benchmarks.script import progress
from knn_digits.arrays import Digits, Vectors
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.load import find_model
from knn_digits.classifiers.network import NetworkClassifier
from knn_digits.features.pixels import RawPixels
from knn_digits.threads import limit_threads

SCALED = (FLAT, "knn-digits pca")  # beside the models
SCALED_MODELS = ("pixels, k 3", PLAIN_NAME, BEST_KNN)
BASE = "knn-digits"
PACKAGE = pathlib.Path(knn_digits.__file__).parent
OFFERED = ("torch", "matplotlib", "hnswlib", "usearch")  # what reading can do without


def measure_speed(study: Study) -> dict[str, Any]:
    """Return the seconds that each model takes to fit and to classify, in turn with FAISS flat."""
    names = list(study.entrants())
    fits = {name: fit_seconds(study, name) for name in progress(names, "fits")}
    models = {name: study.model(name) for name in names}
    digits = study.test.digits
    flat = MAKERS[FLAT](RawPixels()(study.training.digits))
    vectors = RawPixels()(digits)
    calls: dict[str, Callable[[slice], Any]] = {FLAT: lambda rows: flat(vectors[rows])}
    for name, model in models.items():
        calls[name] = lambda rows, model=model: model.classify(digits[rows])  # type: ignore[misc]
    timed = take_turns(calls, study, single=dict.fromkeys(calls, study.scale.single))
    return timed | {"fit_seconds": fits, "k": K, "load": os.getloadavg()[0]}


def fit_seconds(study: Study, name: str) -> float | None:
    """Return the seconds to fit an entrant, without validation; None for one that came fitted."""
    entrant = study.entrants()[name]
    if entrant.kind == NETWORK or entrant.reference:
        return None
    return _seconds(lambda: entrant.make(study.training))


def take_turns(
    calls: dict[str, Callable[[slice], Any]], study: Study, *, single: dict[str, int]
) -> dict[str, Any]:
    """Return the seconds of each call for a batch of test digits, by turn, and for single ones."""
    n = len(study.test.labels)
    batch: dict[str, list[float]] = {name: [] for name in calls}
    one: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():  # once uncounted
        call(slice(0, 2))
    for turn in progress(range(study.scale.rounds), "turns"):
        start = turn * study.scale.batch % n
        size = min(study.scale.batch, n - start)
        for name, call in calls.items():
            batch[name].append(_batch_seconds(name, call, slice(start, start + size)) / size)
            rows = [(turn * single[name] + i) % n for i in range(single[name])]
            one[name] += [_seconds(lambda row=row, call=call: call(slice(row, row + 1))) for row in rows]  # type: ignore[misc]
    return {
        "queries": min(study.scale.batch, n),
        "batch_seconds": _rounded(batch),  # a digit, by turn
        "single_seconds": _rounded(one),
    }


def _batch_seconds(name: str, call: Callable[[slice], Any], rows: slice) -> float:
    """Return the seconds for these digits; those of OpenCV are extrapolated from the first ones."""
    size: int = rows.stop - rows.start
    taken = min(size, OPENCV_QUERIES // 4) if "opencv" in name.lower() else size
    seconds = _seconds(lambda: call(slice(rows.start, rows.start + taken)))
    return seconds * size / taken


def measure_search(study: Study) -> dict[str, Any]:
    """Return the seconds that each index takes for the same search, and how many of the nearest it finds."""
    training, vectors = (RawPixels()(data.digits) for data in (study.training, study.test))
    makers, skipped = find_makers()
    searches: dict[str, Search] = {}
    made = {}
    for name, make in progress(list(makers.items()), "indices"):
        start = time.perf_counter()
        searches[name] = make(training)
        made[name] = time.perf_counter() - start
    calls: dict[str, Callable[[slice], Any]] = {
        name: (lambda rows, search=search: search(vectors[rows]))  # type: ignore[misc]
        for name, search in searches.items()
    }
    timed = take_turns(calls, study, single=dict.fromkeys(calls, study.scale.single))
    recall = measure_recall(searches, vectors[: study.scale.batch // 4])
    about = {"made_seconds": made, "recall": recall, "skipped": skipped, "k": K}
    return timed | about | {"training": len(training), "load": os.getloadavg()[0]}


def measure_recall(searches: dict[str, Search], queries: Vectors) -> dict[str, float | None]:
    """Return the share of the k nearest that each search finds, by the exact one of ours."""
    exact = found_rows("", searches["knn-digits pca"], queries)
    recall: dict[str, float | None] = {}
    for name, search in searches.items():
        rows = found_rows(name, search, queries)
        if rows is None or exact is None:
            recall[name] = None
            continue
        common = [len(np.intersect1d(a, b)) for a, b in zip(rows, exact, strict=True)]
        recall[name] = float(np.mean(common)) / exact.shape[1]
    return recall


def measure_scaling(study: Study) -> dict[str, Any]:
    """Return seconds a digit by the number of reference digits, and by the number of threads."""
    threads = [count for count in (1, 2, 4, 8, 16) if count <= (os.cpu_count() or 1)]
    n = len(study.training.labels)
    sizes = [size for size in study.scale.sizes if size >= 1000 and size < n] + [n]
    by_size = {str(size): _scaled(study, size) for size in progress(sizes, "sizes")}
    by_threads = {}
    usual = study.threads or cv2.getNumThreads()
    try:
        for count in progress(threads, "threads"):
            limit_threads(count)
            by_threads[str(count)] = _scaled(study, n)
    finally:
        limit_threads(usual)
    return {"by_size": by_size, "by_threads": by_threads, "load": os.getloadavg()[0]}


def _scaled(study: Study, size: int) -> dict[str, list[float]]:
    rows = np.linspace(0, len(study.training.labels) - 1, size).astype(np.int64)
    training, vectors = RawPixels()(study.training.digits[rows]), RawPixels()(study.test.digits)
    makers, _ = find_makers()
    calls: dict[str, Callable[[slice], Any]] = {}
    for name in SCALED:
        search = makers[name](training)
        calls[name] = lambda rows, search=search: search(vectors[rows])  # type: ignore[misc]
    for name in SCALED_MODELS:
        model = _subset(study, name, rows)
        calls[name] = lambda rows, model=model: model.classify(study.test.digits[rows])  # type: ignore[misc]
    found: dict[str, list[float]] = take_turns(calls, study, single=dict.fromkeys(calls, 0))["batch_seconds"]
    return found


def _subset(study: Study, name: str, rows: Any) -> Any:
    own = study.training
    if len(rows) == len(own.labels):
        return study.model(name)
    entrant: Entrant = study.entrants()[name]
    return entrant.make(type(own)(own.digits[rows], own.labels[rows], own.name, own.split))


def measure_sizes(study: Study) -> dict[str, Any]:
    """Return the bytes of each model's file, the peak memory of reading with it, and what is installed."""
    entrants = study.entrants()
    ours = [name for name in entrants if not isinstance(study.model(name), PixelPeer)]
    ranked = sorted(ours, key=lambda name: name not in (BEST_KNN, BEST_NETWORK))
    models = {}
    for name in progress(ranked, "sizes"):
        peaked = ranked.index(name) < study.scale.peaks
        models[name] = _size(study, name, study.test.digits if peaked else None)
    return {"models": models, "digits": len(study.test.labels), "installed": installed_bytes()}


def _size(study: Study, name: str, digits: Digits | None) -> dict[str, Any]:
    """Return the bytes of a model's file, and the peak memory if there are digits to classify."""
    model = study.model(name)
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(model, NetworkClassifier):
            source, size = name, int(model.card["bytes"])
        else:
            path = (
                find_model(name) if study.entrants()[name].reference else pathlib.Path(folder) / "model.npz"
            )
            if isinstance(model, KnnClassifier) and not path.exists():
                model.save(path)
            source, size = str(path), path.stat().st_size
        peak = peak_of(source, digits) if digits is not None else None
    return {"bytes": size, "peak_bytes": peak}


def installed_bytes() -> dict[str, int]:
    """Return the bytes on disk of this package, of what it needs, and of some that it can do without."""
    names = _needed(BASE, set())
    found = {name: _bytes(name) for name in [*sorted(names - {BASE}), *OFFERED]}
    own = sum(path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {BASE: own} | {name: size for name, size in found.items() if size}


def _needed(name: str, seen: set[str]) -> set[str]:
    """Return the names of all packages that a package needs, itself included."""
    seen.add(name)
    try:
        wanted: Iterable[str] = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return seen
    for line in wanted:
        needed = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower().replace("_", "-")
        if ";" not in line and needed not in seen:
            _needed(needed, seen)
    return seen


def _bytes(name: str) -> int:
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return 0
    paths = [pathlib.Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _rounded(seconds: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: [float(f"{value:.4g}") for value in values] for name, values in seconds.items()}


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
