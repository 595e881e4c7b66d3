"""What `hear_as` promises: another rule of refusal, and the doubt that judges of photos learned with."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.models.bundled import hear_as
from knn_digits.classifiers.hearing import Hearing
from knn_digits.classifiers.load import load_bundled
from knn_digits.classifiers.variants import doubting_apart, vary
from knn_digits.datasets.hands import load_hands
from knn_digits.errors import DataError


def test_a_rule_of_another_limit_of_doubt_refuses_as_it_did_and_leaves_doubt_apart_as_it_was() -> None:
    model, asked = load_bundled(), load_hands().signs[::50]
    note = model.about.validation
    assert note is not None
    assert note.refusal is not None
    other = replace(note.refusal, limit=2 * note.refusal.limit, nearer=Hearing(weight=1.5, limit=2.0))
    taught = vary(model, about=replace(model.about, validation=replace(note, refusal=other)))
    heard = hear_as(model, taught.about.validation)
    np.testing.assert_allclose(heard.classify(asked).doubt, taught.classify(asked).doubt, rtol=1e-5)
    before, after = (doubting_apart(one).classify(asked).doubt for one in (model, heard))
    assert before.tobytes() == after.tobytes()


def test_a_model_that_was_never_validated_is_told() -> None:
    with pytest.raises(DataError, match="never validated"):
        hear_as(load_bundled(), None)
