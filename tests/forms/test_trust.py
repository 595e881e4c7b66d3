"""What was never seen when trust was learned."""

from dataclasses import replace

import numpy as np

from knn_digits.forms.trust import load_trust


def test_a_feature_beyond_all_that_is_known_counts_as_the_farthest_known() -> None:
    trust = load_trust()
    usual = {name: np.array([value], np.float32) for name, value in zip(trust.names, trust.mean, strict=True)}
    for row, name in enumerate(trust.names):
        for far, known in (
            (trust.most[row] + 1e4, trust.most[row]),
            (trust.least[row] - 1e4, trust.least[row]),
        ):
            seen, farthest = (
                trust.judge(usual | {name: np.array([value], np.float32)}) for value in (far, known)
            )
            assert np.allclose(seen.there, farthest.there, atol=1e-6), name


def test_what_is_known_is_told_apart() -> None:
    trust = load_trust()
    bare = replace(trust, there=np.zeros_like(trust.there))
    usual = {name: np.array([value], np.float32) for name, value in zip(trust.names, trust.mean, strict=True)}
    assert trust.judge(usual).there[0] != bare.judge(usual).there[0]
    assert (trust.least < trust.most).all()
