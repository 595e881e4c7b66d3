import numpy as np

from knn_digits.classifiers.load import load_bundled
from knn_digits.datasets.printed import load_printed


def test_every_font_has_each_digit_as_often() -> None:
    printed = load_printed()
    for face in np.unique(printed.faces):
        counts = np.bincount(printed.labels[printed.faces == face], minlength=10)
        assert counts.min() == counts.max() > 0


def test_printed_digits_beside_a_model_are_named_as_what_they_are() -> None:
    printed = load_printed()
    model = load_bundled().unrefined().with_layer(printed.digits, printed.labels, name="print")
    votes = model.classify(printed.digits[:10])
    assert votes.labels.tolist() == list(range(10))
    assert model.known.tell_origin(int(votes.indices[4, 0]))[0] == "printed digit"
