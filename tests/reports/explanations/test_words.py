from dataclasses import replace

import pytest

from knn_digits.explanation import DESKEWED
from knn_digits.reports.explanations.words import (
    heading,
    left_out,
    legend,
    name,
    number,
    reasons,
    vote,
    votes,
)
from tests.explained import REASONS, alike_of, explained, inked, left_out_of, model_of

WHY = explained(model_of(inked(10, 14, 19, 26), [3, 5, 3, 7], k=3), inked(11)[0])


def test_a_heading_tells_the_place_the_label_and_the_probability() -> None:
    assert heading(WHY) == "digit 1, line 1: read as 3, probability 0.900"


def test_a_refused_digit_is_like_nothing_known() -> None:
    refused = replace(WHY, read=replace(WHY.read, label=None))
    assert heading(refused) == "digit 1, line 1: ?, like nothing I know"


def test_the_votes_are_told_by_label() -> None:
    assert votes(WHY) == "votes: 3 has 2 of 3, by 2 neighbors; 5 has 1 of 3, by 1 neighbor"


def test_the_reasons_tell_strangeness_measure_and_runner_up() -> None:
    assert reasons(WHY) == [
        "strangeness 0.50; of held-out digits 0.5 % are above 1",
        "3 nearest by Euclidean distance of pixels",
        "runner-up: 5, by training digit 1 at 441.7, which voted",
    ]


def test_what_is_too_strange_for_a_number_is_told_so() -> None:
    strange = replace(WHY, read=replace(WHY.read, strangeness=3.4e38))
    assert reasons(strange)[0].startswith("strangeness above 100; ")


def test_a_refused_digit_tells_what_it_would_be() -> None:
    refused = replace(WHY.read, label=None, doubt=1.3, probability=0.2)
    said = "refused: a 3 is likeliest, with probability 0.200; "
    said += "doubt, of strangeness and of the votes against it, is 1.30"
    assert reasons(replace(WHY, read=refused))[1] == said


def test_a_refused_digit_tells_what_of_its_votes_is_for_marks_that_are_no_digits() -> None:
    refused = replace(WHY.read, label=None, doubt=1.3, sign_share=0.4)
    said = "strangeness, of the votes against it and of how near other marks are (40 % of the votes), is 1.30"
    assert said in reasons(replace(WHY, read=refused))[1]


def test_what_speaks_for_a_digit_comes_first() -> None:
    assert reasons(replace(WHY, reasons=REASONS))[0] == "taken for a digit: like known 3s, digits beside it"


def test_what_was_left_out_is_told_with_its_place_and_what_speaks_against_it() -> None:
    found = left_out_of(against=REASONS)
    assert left_out(found) == "perhaps a 4 at 25, 20, probability 0.250: like known 3s, digits beside it"
    assert left_out(replace(found, reasons=())).endswith(": little speaks for it")
    assert left_out(replace(found, label=8)).startswith("perhaps an 8 at")


def test_a_refined_digit_tells_what_disagreed() -> None:
    refined = replace(WHY, refined=True, unsure=(4, 9, 4, 4))
    assert "unsure: the 4 nearest at first were 4 (3), 9 (1); so more were measured again, bent" in reasons(
        refined
    )


def test_a_runner_up_without_a_vote_was_too_far() -> None:
    assert WHY.runner_up is not None
    far = replace(WHY, runner_up=replace(WHY.runner_up, copies=0, weight=0.0))
    assert reasons(far)[-1] == "runner-up: 5, by training digit 1 at 441.7, too far to vote"
    assert reasons(replace(WHY, runner_up=None))[-1].startswith("runner-up: none")


def test_a_neighbor_has_a_name_and_a_vote() -> None:
    first = WHY.neighbors[0]
    assert (name(first), vote(first)) == ("training digit 0", "vote 1")
    assert vote(replace(first, copies=3, weight=3.0)) == "vote 3 as 3 neighbors"
    assert vote(replace(first, copies=0, weight=0.0)) == "no vote"


def test_the_colors_are_explained_where_there_are_any() -> None:
    assert "pixels: blue is more ink in the digit read" in str(legend(WHY))
    assert DESKEWED in str(legend(replace(WHY, compared=DESKEWED)))
    assert legend(replace(WHY, compared=None)) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (7.0, "7"), (441.67295, "441.7"), (0.0354512, "0.03545"), (1532.4, "1532"), (10.5, "10.50")],
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_what_digits_of_the_page_say_is_told_and_where_they_decided() -> None:
    why = replace(WHY, alike=alike_of(*inked(10, 12)), read=replace(WHY.read, page_share=0.917))
    said = "votes of digits like it on its page: 92 % for 3; nearest are digit 12 (3), digit 13 (3)"
    assert reasons(why)[1] == said
    unknown = replace(why, alike=alike_of(*inked(10), label=None))
    assert reasons(unknown)[1].endswith("nearest are digit 12 (?)")
    other = replace(why, read=replace(why.read, label=5))
    assert "92 % for 5, though 3 has most above; nearest" in reasons(other)[1]
    refused = replace(why, read=replace(why.read, label=None, probability=0.2))
    assert reasons(refused)[1].startswith("refused: what these and its page say together is likeliest, ")
    assert "92 % for what is likeliest; nearest" in reasons(refused)[2]
