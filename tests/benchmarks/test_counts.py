import numpy as np

from benchmarks.counts import compare, count


def test_models_are_compared_on_the_digits_that_only_one_gets_wrong() -> None:
    labels = np.array([0, 1, 2, 3, 4])
    ours = count(np.array([0, 1, 9, 9, 9]), labels)
    theirs = count(np.array([9, 1, 2, 3, 8]), labels)
    assert compare(ours, theirs) == {"alone": 2, "cnn_alone": 1, "both": 1, "p": 1.0}
    assert (ours["precision"][9], ours["recall"][3], ours["recall"][9]) == (0.0, 0.0, None)
