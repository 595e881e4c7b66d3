import pathlib
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.data.truth import Photo
from benchmarks.measure.blame import (
    CHOSEN,
    JUDGED,
    LABEL,
    NO_CANDIDATE,
    NO_DIGIT,
    ORDER,
    STAGES,
    Read,
    add_counts,
    align,
    blame,
    blame_all,
    follows,
)
from benchmarks.measure.photos import Run, describe_reader, say_blame
from benchmarks.models.readers import Candidate, Found, candidates_of
from benchmarks.report.photo_scores import blame_rows
from knn_digits.evaluation import bag_distance, edit_distance, score_photo
from knn_digits.photo.boxes import Box
from knn_digits.reading import Stages

ENOUGH = 0.3


def cell(column: float, row: float = 0) -> Box:
    return Box(left=round(40 * column), top=round(60 * row), width=30, height=50)


def read(*lines: str) -> list[Read]:
    """Return the digits of a page; a space is a cell in which nothing was read."""
    return [
        Read(text=letter, box=cell(column, row))
        for row, line in enumerate(lines)
        for column, letter in enumerate(line)
        if letter != " "
    ]


def candidate(label: int, box: Box, evidence: float, *, chosen: bool = False) -> Candidate:
    return Candidate(label=label, box=box, evidence=evidence, chosen=chosen)


def blamed(truth: str, digits: list[Read], *candidates: Candidate, **options: bool) -> dict[str, int]:
    return blame(truth, digits, candidates, enough=ENOUGH, **options)


def test_a_perfect_reading_blames_nobody() -> None:
    assert sum(blamed("1234", read("1234")).values()) == 0


def test_a_digit_that_nothing_proposed_has_no_candidate() -> None:
    elsewhere = candidate(2, cell(3.5), 0.9)
    other_label = candidate(7, cell(1), 0.9)
    assert blamed("1234", read("1 34"), elsewhere, other_label) == {NO_CANDIDATE: 1}


@pytest.mark.parametrize(("evidence", "stage"), [(0.1, JUDGED), (0.3, CHOSEN), (0.6, CHOSEN)])
def test_a_digit_left_out_was_judged_or_chosen_wrongly_by_its_best_evidence(
    evidence: float, stage: str
) -> None:
    candidates = [candidate(2, cell(1), 0.05), candidate(2, cell(1.1), evidence)]
    assert blamed("1234", read("1 34"), *candidates) == {stage: 1}


def test_what_was_proposed_of_a_mark_that_was_read_is_no_missing_digit() -> None:
    of_the_same_mark = [candidate(2, cell(1), 0.9, chosen=True), candidate(2, cell(1.1), 0.8)]
    part = candidate(2, Box(left=45, top=5, width=10, height=10), 0.7)
    assert blamed("122", read("12"), *of_the_same_mark, part) == {NO_CANDIDATE: 1}


def test_which_of_two_equal_digits_is_missing_does_not_matter() -> None:
    first = candidate(2, cell(1), 0.1)
    assert blamed("1224", read("1 24"), first) == {JUDGED: 1}
    assert blamed("1224", read("12 4"), candidate(2, cell(2), 0.1)) == {JUDGED: 1}


@pytest.mark.parametrize(
    ("place", "stage"), [((4, 0), JUDGED), ((0, 1), JUDGED), ((2, 2), NO_CANDIDATE), ((1, 0), NO_CANDIDATE)]
)
def test_a_digit_between_two_lines_is_looked_for_at_their_ends(place: tuple[int, int], stage: str) -> None:
    digits = read("1234 ", " 5678")
    assert blamed("123495678", digits, candidate(9, cell(*place), 0.1)) == {stage: 1}


def test_a_mark_of_another_label_was_labelled_wrongly_if_the_right_label_was_proposed() -> None:
    digits = read("1734")
    assert blamed("1234", digits, candidate(2, cell(1.05), 0.2)) == {LABEL: 1}
    assert blamed("1234", digits) == {NO_CANDIDATE: 1}


def test_a_refused_digit_is_blamed_on_its_label() -> None:
    assert blamed("1234", read("1?34"), candidate(2, cell(1), 0.5, chosen=True)) == {LABEL: 1}


def test_a_digit_where_none_is_written_was_judged_wrongly() -> None:
    assert blamed("12", read("172")) == {NO_DIGIT: 1}
    assert blamed("", read("1?")) == {NO_DIGIT: 1}


def test_right_digits_in_a_wrong_order_are_blamed_on_their_order() -> None:
    assert blamed("12345678", read("5678", "1234")) == {ORDER: 8}


def test_without_order_a_digit_is_looked_for_anywhere() -> None:
    digits = read("9 71")
    anywhere = candidate(3, cell(20, 9), 0.1)
    assert blamed("1379", digits, anywhere, ordered=False) == {JUDGED: 1}
    assert blamed("1379", digits, ordered=False) == {NO_CANDIDATE: 1}
    assert blamed("139", digits, candidate(3, cell(2), 0.2), ordered=False) == {LABEL: 1}
    assert blamed("19", digits, ordered=False) == {NO_DIGIT: 1}


@pytest.mark.parametrize(
    ("truth", "text"), [("1234", "243"), ("", "12"), ("5", "12345"), ("0521859", "051859?"), ("1122", "2")]
)
@pytest.mark.parametrize("ordered", [True, False])
def test_the_edits_are_as_many_as_the_distance(truth: str, text: str, ordered: bool) -> None:
    distance = edit_distance if ordered else bag_distance
    counted = sum(blamed(truth, read(text), ordered=ordered).values())
    assert counted == distance(truth, text)


def test_an_alignment_has_the_fewest_edits_and_all_of_both() -> None:
    steps = align("0521859", read("051859?"))
    assert sum(not step.right for step in steps) == edit_distance("0521859", "051859?")
    assert "".join(step.wanted or "" for step in steps) == "0521859"
    assert "".join(step.got.text for step in steps if step.got) == "051859?"


def test_reading_order_is_along_a_line_and_then_down() -> None:
    assert follows(cell(0), cell(1, 0.3))
    assert not follows(cell(1, 0.3), cell(0))
    assert follows(cell(5), cell(0, 1))
    assert not follows(cell(0, 1), cell(5))


def test_a_reader_that_tells_no_candidates_is_not_blamed() -> None:
    assert blame_all([photo("12")], [Found(lines=("1",))]) is None


def test_candidates_are_those_of_the_stages_if_these_tell_them() -> None:
    known = candidate(3, cell(0), 0.5, chosen=True)
    told, silent = SimpleNamespace(candidates=[known]), SimpleNamespace()
    assert candidates_of(cast("Stages", told)) == (known,)
    assert candidates_of(cast("Stages", silent)) == ()


def photo(text: str) -> Photo:
    about: dict[str, Any] = {"core": True, "set": "", "background": "", "medium": "", "source": ""}
    path = pathlib.Path("photo.png")
    return Photo(path=path, lines=(text,), ordered=True, entry={}, light_on_dark=False, quarters=0, **about)


def test_what_each_stage_lost_is_in_the_results_and_their_table(capsys: pytest.CaptureFixture[str]) -> None:
    candidates = (candidate(1, cell(0), 0.4, chosen=True), candidate(2, cell(1), 0.2))
    found = [Found(candidates=candidates), Found()]
    photos = [photo("2"), photo("")]
    counts = blame_all(photos, found)
    assert counts == [{JUDGED: 1}, {NO_DIGIT: 0}]
    scores = [score_photo(one.text, "") for one in photos]
    run = Run(
        name="ours",
        mode="",
        about={},
        found=found,
        seconds=[1, 1],
        cpu_seconds=[1, 1],
        scores=scores,
        blame=counts,
    )
    described = describe_reader(photos, run)
    assert described["blame"] == add_counts(counts) == {stage: int(stage == JUDGED) for stage in STAGES}
    say_blame([run])
    assert "      1  judged wrongly\n" in capsys.readouterr().out
    rows = blame_rows({"readers": [described, {"name": "a peer"}]})
    assert rows[0] == ["lost by", "ours"]
    assert [JUDGED, "1"] in rows
    assert blame_rows({"readers": [{"name": "a peer"}]}) == []
