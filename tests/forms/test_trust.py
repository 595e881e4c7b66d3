"""What drawn forms taught about marks."""

import json

import numpy as np

from knn_digits.forms.trust import KINDS, Trust, load_trust


def test_trust_is_read_as_it_is_written() -> None:
    trust = load_trust()
    again = Trust.from_dict(json.loads(json.dumps(trust.as_dict())))
    for name, value in vars(trust).items():
        assert np.all(getattr(again, name) == value), name


SURE = {"odds": 4, "margin": 1, "odds of all": 4, "margin of all": 1, "least odds": 4, "agreement": 1}
STRANGE = {"odds": 0, "margin": 0.1, "odds of all": 0, "strangeness": 3, "doubt": 3, "least odds": -4}


def test_a_digit_whose_neighbors_agree_is_trusted_more_than_a_strange_one() -> None:
    trust = load_trust()
    plain = {name: 0.0 for kind in KINDS for name in getattr(trust, kind).names}
    sure, strange = (
        trust.judge({name: np.array([value], np.float32) for name, value in (plain | told).items()})
        for told in (SURE, STRANGE)
    )
    assert sure.right[0] > strange.right[0]
