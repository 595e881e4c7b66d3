"""What choosing few digits promises: they read the others as all of them do."""

import numpy as np

from benchmarks.models.condense import choose_references, condense, disagreement, find_near

LINE = np.arange(100, dtype=np.float32)[:, None]
HALVES = (np.arange(100) >= 50).astype(np.int64)  # two labels, the border between 49 and 50


def test_what_lies_near_the_border_is_kept_and_most_of_the_rest_is_not() -> None:
    order = np.random.default_rng(0).permutation(100)
    vectors, labels = np.repeat(LINE, 40, axis=0), np.repeat(HALVES, 40)
    vectors = vectors + np.linspace(0, 0.9, 4000, dtype=np.float32)[:, None]
    kept = condense(vectors, labels, order=np.random.default_rng(0).permutation(4000), margin=0.99)
    assert len(order) < len(kept) < 2500
    near = find_near(vectors, vectors[kept], labels[kept], k=1)
    assert (near.labels[:, 0] == labels).mean() > 0.99


def test_what_is_known_in_any_case_is_not_kept_again() -> None:
    known = find_near(LINE, LINE, HALVES)
    kept = condense(LINE, HALVES, order=np.arange(100), margin=0.5, known=known)
    assert len(kept) == 0


def test_no_label_gets_more_than_is_allowed() -> None:
    kept = condense(LINE, HALVES, order=np.arange(100), margin=0.99, most=7)
    assert np.bincount(HALVES[kept]).max() <= 7


def test_a_wrong_label_disagrees_with_all_around_it() -> None:
    labels = HALVES.copy()
    labels[10] = 1
    found = disagreement(LINE, labels, near=4)
    assert found[10] == 1
    assert found[80] == 0


def test_the_hardest_fill_up_what_is_wanted_and_none_is_there_twice() -> None:
    rows = choose_references(LINE, HALVES, 60)
    assert len(rows) == len(set(rows.tolist())) == 60
    assert len(choose_references(LINE, HALVES, 1000)) == 100
