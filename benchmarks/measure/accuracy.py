"""Digits -> how right each model is: its errors, where they lie, McNemar's test against the CNN.

Beside them the errors on held-out training digits, which is what settings are chosen by; test digits choose
nothing. Nothing is random.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks.counts import compare, count, rate
from benchmarks.measure.ask import ask
from benchmarks.models.lineup import BEST_NETWORK, PEER, Entrant
from benchmarks.models.study import Study, answer
from benchmarks.script import progress, run


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("accuracy", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return for each model its errors and how they compare with the CNN's."""
    entrants = study.entrants()
    models = {}
    for name in progress(list(entrants), "models"):
        models[name] = describe_answers(study, entrants[name])
    network = models[BEST_NETWORK]
    for found in models.values():
        found["against_cnn"] = compare(found, network)
    return {"n": len(study.test.labels), "models": models}


def describe_answers(study: Study, entrant: Entrant) -> dict[str, Any]:
    """Return an entrant's errors on held-out training digits, where it has such, and on the test digits."""
    model = study.validated(entrant.name)
    labels, _ = answer(model, study.test)
    found: dict[str, Any] = {
        "kind": entrant.kind,
        "command": entrant.command,
        "reference": entrant.reference or study.training.name,
        "reference_digits": None,
        "other_hands": None,
        "validation": None,
    }
    if model.knn is not None:
        note = model.header.get("validation")
        found["reference_digits"] = len(model.knn.own[1])
        found["other_hands"] = len(model.knn.labels) - len(model.knn.own[1])
        found["validation"] = rate(note["errors"], note["digits"]) if note else None
    elif entrant.kind == PEER:
        found["reference_digits"] = len(study.training.labels)
    return found | count(labels, study.test.labels)


if __name__ == "__main__":
    run(main)
