"""Digits -> how fast each model fits and answers, in turn with an exact FAISS search of the pixels."""

import os
from collections.abc import Sequence
from typing import Any

from benchmarks.measure.ask import ask
from benchmarks.measure.turns import model_call, search_call, seconds_of, take_turns
from benchmarks.models.indices import FLAT, MAKERS, K
from benchmarks.models.lineup import NETWORK
from benchmarks.models.study import Study
from benchmarks.script import progress, run
from knn_digits.features.pixels import PixelValues


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("speed", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the seconds that each model takes to fit and to classify, in turn with FAISS flat."""
    names = list(study.entrants())
    fits = {name: fit_seconds(study, name) for name in progress(names, "fits")}
    digits = study.test.digits
    flat = MAKERS[FLAT](PixelValues()(study.training.digits))
    calls = {FLAT: search_call(flat, PixelValues()(digits))}
    calls |= {name: model_call(study.model(name), digits) for name in names}
    timed = take_turns(calls, study, single=study.scale.single)
    return timed | {"fit_seconds": fits, "k": K, "load": os.getloadavg()[0]}


def fit_seconds(study: Study, name: str) -> float | None:
    """Return the seconds to fit an entrant, without validation; None for one that came fitted."""
    entrant = study.entrants()[name]
    if entrant.kind == NETWORK or entrant.reference:
        return None
    return seconds_of(entrant.make, study.training)


if __name__ == "__main__":
    run(main)
