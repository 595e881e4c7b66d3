"""`--k` and `--weights` change who votes when a photo is read, explained, or a model evaluated."""

import json
import pathlib
from collections.abc import Callable

import pytest

from tests.cli.conftest import Call

NOTE = "probabilities are shares of the votes, not calibrated"


def test_other_neighbors_vote_on_a_photo_and_it_is_said_that_probabilities_are_not_calibrated(
    knn: Call, photo: pathlib.Path
) -> None:
    votes = ("--model", "bundled", "--k", "3", "--weights", "uniform")
    read, why = knn("classify", photo, *votes), knn("explain", photo, *votes, "--digit", "1")
    assert read.out.split() == ["314", "278"]
    assert "by 3 neighbors" in why.out
    assert all(result.code == 0 and NOTE in result.err for result in (read, why))
    assert NOTE not in knn("classify", photo, "--model", "bundled", "--k", "9").err


def test_several_k_are_compared_in_a_table_or_a_list(knn: Call, model: pathlib.Path) -> None:
    command = ("evaluate", "--data", "sample", "--model", model, "--k", "1,3")
    lines = knn(*command).out.splitlines()
    assert [line.split()[0] for line in lines] == ["k", "1", "3", "5000"]
    found = json.loads(knn(*command, "--json").out)
    assert [(one["k"], one["n"]) for one in found] == [(1, 5000), (3, 5000)]


@pytest.mark.parametrize("wrong", ["", "0", "1,,3", "x", "1,-3"])
def test_what_is_no_k_is_told(fails: Callable[..., str], wrong: str) -> None:
    assert "is not one k or several, such as 1,3,5,11" in fails(
        2, "evaluate", "--data", "sample", "--k", wrong
    )


def test_a_network_has_no_neighbors_that_vote(fails: Callable[..., str], photo: pathlib.Path) -> None:
    said = fails(2, "classify", photo, "--model", "cnn", "--k", "3")
    assert said == "k and weights belong to k-NN: a network has no neighbors that vote"
