"""Held-out training digits -> how the error moves with the grid of blocks and the kind of ink."""

from collections.abc import Sequence
from typing import Any

from benchmarks.counts import wrong
from benchmarks.measure.ask import ask
from benchmarks.models.study import Study, answer, hold_out
from benchmarks.script import progress, run
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.features.blocks import INK, Blocks

GRIDS = ((2, 2), (4, 4), (5, 4), (5, 5), (7, 7), (10, 10), (14, 14), (20, 20), (28, 28))
K = 11


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    ask("grids", measure, arguments, about=__doc__)


def measure(study: Study) -> dict[str, Any]:
    """Return the errors on held-out training digits for each grid of blocks and kind of ink."""
    known, held = hold_out(study.training)
    rows = []
    for height, width in progress(GRIDS, "grids"):
        for ink in INK:
            feature = Blocks(rows=height, columns=width, ink=ink)
            options = KnnOptions(k=K)
            model = DigitKNN.fit(known.digits, known.labels, feature=feature, options=options)
            errors = wrong(answer(model, held)[0], held.labels)
            grid = {"grid": f"{height}x{width}", "blocks": height * width, "window": feature.window}
            rows.append(grid | {"ink": ink, "errors": errors})
    return {"n": len(held.labels), "k": K, "grids": rows}


if __name__ == "__main__":
    run(main)
