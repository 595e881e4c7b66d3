"""Models -> bytes of their files, peak memory of reading with them, and what is installed."""

import importlib.metadata
import pathlib
import re
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any

import knn_digits
from benchmarks.measure.ask import ask
from benchmarks.measure.memory import peak_of
from benchmarks.models.lineup import BASE, BEST_KNN, BEST_NETWORK, OFFERED, PEER
from benchmarks.models.study import Study
from benchmarks.script import progress, run
from knn_digits.arrays import Digits
from knn_digits.classifiers.load import find_model

PACKAGE = pathlib.Path(knn_digits.__file__).parent


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("sizes", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the bytes of each model's file, the peak memory of reading with it, and what is installed."""
    entrants = study.entrants()
    ours = [name for name in entrants if entrants[name].kind != PEER]
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
        if model.knn is None:
            source, size = name, int(model.header["bytes"])
        else:
            path = (
                find_model(name) if study.entrants()[name].reference else pathlib.Path(folder) / "model.npz"
            )
            if not path.exists():
                model.knn.save(path)
            source, size = str(path), path.stat().st_size
        peak = peak_of(source, digits) if digits is not None else None
    return {"bytes": size, "peak_bytes": peak}


def installed_bytes() -> dict[str, int]:
    """Return the bytes on disk of this package, of what it needs, and of some that it can do without."""
    names = _needed(BASE, set())
    found = {name: package_bytes(name) for name in [*sorted(names - {BASE}), *OFFERED]}
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


def package_bytes(name: str) -> int:
    """Return the bytes on disk of a package; 0 if it is not installed."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return 0
    paths = [pathlib.Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    run(main)
