"""Digits -> how right a support vector machine on pixels is, and what it costs."""

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.counts import count
from benchmarks.measure.ask import ask
from benchmarks.models.lineup import PEER, SVC_NAME, choose_cost, fit_svc
from benchmarks.models.study import Study, answer
from benchmarks.script import run


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("svc", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the errors of a support vector machine on pixels, its seconds and its bytes."""
    tried = choose_cost(study.training)
    cost = min(tried, key=lambda name: tried[name])
    start = time.process_time()
    model = fit_svc(study.training, float(cost))
    fit_seconds = time.process_time() - start
    start = time.process_time()
    labels, _ = answer(model, study.test)
    seconds = time.process_time() - start
    found = {
        "name": SVC_NAME,
        "kind": PEER,
        "command": f"SVC(C={float(cost):g}, gamma='scale') on pixels / 255",
        "reference": study.training.name,
        "reference_digits": len(study.training.labels),
        "validation": None,
        "tried": tried,
        "support_vectors": len(model.model.support_),
        "bytes": model.model.support_vectors_.nbytes + model.model.dual_coef_.nbytes,
        "fit_cpu_seconds": fit_seconds,
        "cpu_seconds_a_digit": seconds / len(labels),
    }
    return found | count(labels, study.test.labels)


if __name__ == "__main__":
    run(main)
