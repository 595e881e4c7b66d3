"""Digits of which every distance is known, and readings of them, for the tests of explanations."""

import numpy as np

from knn_digits.arrays import Digits, Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.explanation import Alike, Explanation, explain_reading
from knn_digits.features import Feature, make_feature
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading, Line, Reading
from knn_digits.reading.reasons import LeftOut, Reason

PHOTO = np.full((40, 60, 3), 220, np.uint8)
REASONS = (
    Reason(about="neighbors", words="like known 3s", log_odds=2.0),
    Reason(about="row", words="digits beside it", log_odds=1.0),
)


def inked(*numbers: int) -> Digits:
    """Return digits whose first so many pixels are ink; two are 255 √(difference) apart."""
    return np.stack([(np.arange(784) < n).reshape(28, 28) * np.uint8(255) for n in numbers])


def model_of(
    digits: Digits, labels: list[int], *, feature: Feature | None = None, **options: object
) -> DigitKNN:
    chosen = KnnOptions(device="cpu", **options)  # type: ignore[arg-type]
    feature = feature or make_feature("pixels")
    return DigitKNN.fit(digits, np.array(labels), feature=feature, options=chosen)


def reading_of(*digits: Pixels, label: int | None = 3) -> Reading:
    """Return a reading of these digits, each on a line of its own, all in one place of `PHOTO`."""
    box = Box(left=20, top=10, width=10, height=20)
    read = [
        DigitReading(
            label=label, probability=0.9, box=box, strangeness=0.5, doubt=0.5, digit=digit, neighbors=()
        )
        for digit in digits
    ]
    lines = tuple(Line.of((digit,)) for digit in read)
    return Reading(width=60, height=40, lines=lines, warnings=())


def explained(model: DigitKNN, digit: Pixels, *, label: int | None = 3) -> Explanation:
    (why,) = explain_reading(reading_of(digit, label=label), PHOTO, model)
    return why


def alike_of(*digits: Pixels, label: int | None = 3) -> tuple[Alike, ...]:
    """Return these digits as those of the page that look like one."""
    return tuple(
        Alike(place=f"digit {number}", label=label, distance=20.0 * number, digit=digit)
        for number, digit in enumerate(digits, 12)
    )


def left_out_of(*, against: tuple[Reason, ...] = REASONS) -> LeftOut:
    box = Box(left=20, top=10, width=10, height=20)
    return LeftOut(box=box, label=4, probability=0.25, crop=PHOTO, reasons=against)
