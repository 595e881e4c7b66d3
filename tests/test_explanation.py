import dataclasses
import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED, load_classifier
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.errors import UsageError
from knn_digits.explanation import DESKEWED, MOST, PIXELS, explain, explain_reading, model_to_explain
from knn_digits.features import make_feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.neighbors.deformation import Refinement
from knn_digits.reading import read_photo, read_stages
from tests.explained import PHOTO, explained, inked, model_of, reading_of
from tests.pages import CELL, MARGIN, PAPER, draw

TRAINING, LABELS = inked(10, 14, 19, 26, 110, 200), [3, 5, 3, 7, 7, 8]
QUERY = inked(11)[0]
SUDOKU = pathlib.Path(__file__).parents[1] / "samples/jobs/sudoku.jpg"  # read by its cells


@pytest.fixture(scope="module")
def photo(sample: Dataset) -> Pixels:
    return draw(sample.digits, (3, 1, 4), (2, 7, 8))


@pytest.fixture(scope="module")
def bundled() -> DigitKNN:
    return DigitKNN.load(BUNDLED)


@pytest.fixture(scope="module")
def refining(sample: Dataset) -> DigitKNN:
    options = KnnOptions(k=5, weights="distance", refinement=Refinement(shortlist=20, agree=10), device="cpu")
    rows = slice(0, 1000)
    feature = make_feature("hog")
    return DigitKNN.fit(sample.digits[rows], sample.labels[rows], feature=feature, options=options)


def test_the_neighbors_are_the_nearest_with_their_labels_distances_and_digits() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    assert [(found.index, found.label) for found in why.neighbors] == [(0, 3), (1, 5), (2, 3)]
    expected = 255 * np.sqrt([1, 3, 8])
    np.testing.assert_allclose([found.distance for found in why.neighbors], expected, rtol=1e-6)
    assert all((found.digit == TRAINING[found.index]).all() for found in why.neighbors)
    assert why.measure == "Euclidean distance of pixels"


def test_equal_votes_are_counted() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    assert [found.weight for found in why.neighbors] == [1, 1, 1]
    tally = [(row.label, row.neighbors, row.weight, row.share) for row in why.tally]
    assert tally == [(3, 2, 2, 2 / 3), (5, 1, 1, 1 / 3)]


def test_near_votes_count_more_where_the_model_weighs_them_so() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3, weights="distance", power=2.0), QUERY)
    weights = [1, 1 / 3, 1 / 8]
    np.testing.assert_allclose([found.weight for found in why.neighbors], weights, rtol=1e-6)
    np.testing.assert_allclose([row.weight for row in why.tally], [1 + 1 / 8, 1 / 3], rtol=1e-6)
    assert sum(row.share for row in why.tally) == pytest.approx(1)


def test_the_winner_comes_first_though_others_have_as_many_votes() -> None:
    tied = model_of(inked(10, 16, 12), [9, 4, 5], k=3)  # 9 and 5 are as near: the smaller label wins
    assert [row.label for row in explained(tied, QUERY).tally] == [5, 9, 4]
    apart = model_of(inked(12, 14, 19), [9, 4, 5], k=3)
    assert [row.label for row in explained(apart, QUERY).tally] == [9, 4, 5]


def test_the_difference_is_the_digit_less_its_neighbor() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    first = why.neighbors[0].difference
    assert first is not None
    assert first.dtype == np.int16
    assert np.flatnonzero(first).tolist() == [10]
    assert first.flat[10] == 255
    second = why.neighbors[1].difference
    assert second is not None
    assert second.flat[11:14].tolist() == [-255] * 3
    assert why.compared == PIXELS


def test_the_runner_up_is_the_nearest_of_the_label_that_came_second() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY)
    assert why.runner_up is not None
    assert (why.runner_up.label, why.runner_up.index, why.runner_up.copies) == (5, 1, 1)


def test_where_all_agree_the_runner_up_is_the_nearest_of_the_rest() -> None:
    training, labels = inked(*range(1, 101), 300, 400), [3] * 100 + [8, 6]
    why = explained(model_of(training, labels, k=2), QUERY)
    assert len(why.tally) == 1
    assert why.runner_up is not None
    assert (why.runner_up.label, why.runner_up.index) == (8, 100)
    assert (why.runner_up.copies, why.runner_up.weight) == (0, 0)
    assert why.runner_up.distance == pytest.approx(255 * np.sqrt(300 - 11), rel=1e-6)


@pytest.mark.parametrize("k", [2, 6])
def test_there_is_no_runner_up_where_all_training_digits_have_one_label(k: int) -> None:
    assert explained(model_of(TRAINING, [3] * 6, k=k), QUERY).runner_up is None


def test_a_digit_that_counts_as_several_neighbors_is_shown_once() -> None:
    model = model_of(TRAINING, LABELS, k=4).with_layer(inked(11), np.array([4]), name="learned", copies=3)
    why = explained(model, QUERY)
    assert [(found.index, found.copies, found.weight) for found in why.neighbors] == [(6, 3, 3), (0, 1, 1)]
    assert [(row.label, row.neighbors, row.weight) for row in why.tally] == [(4, 3, 3), (3, 1, 1)]
    assert (why.neighbors[0].origin, why.neighbors[0].row) == ("learned digit", 0)


@pytest.mark.parametrize(
    ("source", "words"), [("bhmsds", "digit of a Polish hand"), ("drawn", "drawn European digit")]
)
def test_a_digit_of_another_hand_is_told_from_a_training_digit(
    source: str, words: str, sample: Dataset
) -> None:
    model = model_to_explain(model_of(sample.digits[:600], sample.labels[:600].tolist(), k=1))
    hands = load_hands()
    first = int(np.flatnonzero(hands.sources == source)[0])
    whys = explain_reading(reading_of(hands.digits[first + 2], sample.digits[5]), PHOTO, model)
    other, own = (why.neighbors[0] for why in whys)
    assert (other.origin, other.row, other.label) == (words, 2, hands.labels[first + 2])
    assert other.index == 602 + first
    assert (own.origin, own.row, own.index) == ("training digit", 5, 5)


def test_the_counts_are_those_of_the_feature(sample: Dataset) -> None:
    blocks = Blocks(rows=7, columns=7)
    model = model_of(sample.digits[:300], sample.labels[:300].tolist(), feature=blocks, k=3)
    query = sample.digits[400]
    why = explained(model, query)
    assert why.grid == blocks
    assert why.counts is not None
    assert (why.counts.ravel() == blocks(query[None])[0]).all()
    for found in why.neighbors:
        assert found.counts is not None
        assert found.counts.shape == (7, 7)
        assert (found.counts.ravel() == blocks(sample.digits[found.index][None])[0]).all()
        away = np.linalg.norm(why.counts - found.counts)
        assert found.distance == pytest.approx(away, rel=1e-6)
    assert (why.compared, why.neighbors[0].difference) == (None, None)
    assert why.measure == "Euclidean distance of block counts"


@pytest.mark.parametrize(
    ("features", "grid", "compared"),
    [
        ("blocks", True, None),
        ("pixels", False, PIXELS),
        ("deskewed", False, DESKEWED),
        ("hog", False, DESKEWED),
        ("blocks+pixels", True, PIXELS),
        ("hog+blocks", True, DESKEWED),
    ],
)
def test_what_is_shown_is_what_was_compared(
    features: str, grid: bool, compared: str | None, sample: Dataset
) -> None:
    feature = make_feature(features)
    model = model_of(sample.digits[:300], sample.labels[:300].tolist(), feature=feature, k=2)
    query = sample.digits[400]
    why = explained(model, query)
    assert (why.grid is not None, why.compared) == (grid, compared)
    difference = why.neighbors[0].difference
    assert (difference is None) == (compared is None)
    if compared == DESKEWED:
        read, other = Deskewed()(np.stack([query, why.neighbors[0].digit]))
        assert difference is not None
        assert (difference.ravel() == read - other).all()


def test_projected_vectors_are_told_with_their_directions(sample: Dataset) -> None:
    digits, labels = sample.digits[:300], sample.labels[:300].tolist()
    why = explained(model_of(digits, labels, feature=Blocks(), k=2, dimensions=5), sample.digits[400])
    assert why.measure == "Euclidean distance of block counts along 5 learned directions"
    assert why.grid == Blocks()


def test_a_refined_digit_says_what_made_the_model_unsure(refining: DigitKNN, sample: Dataset) -> None:
    queries = sample.digits[4000:4200]
    votes = refining.classify(queries)
    (rows,) = np.nonzero(votes.refined)
    assert 0 < len(rows) < len(queries)
    why = explained(refining, queries[rows[0]])
    assert why.refined
    assert (len(why.unsure), len(set(why.unsure)) > 1) == (10, True)
    _, nearest = refining.kneighbors(queries[rows[:1]], 10)
    assert list(why.unsure) == refining.labels[nearest[0]].tolist()
    assert (why.measure, why.compared) == ("distance of deformation", DESKEWED)
    assert [found.index for found in why.neighbors] == votes.indices[rows[0]].tolist()
    plain = explained(refining, queries[np.flatnonzero(~votes.refined)[0]])
    assert (plain.refined, plain.unsure) == (False, ())


def test_the_runner_up_of_a_refined_digit_is_measured_as_its_neighbors_are(
    refining: DigitKNN, sample: Dataset
) -> None:
    queries = sample.digits[4000:4400]
    votes = refining.classify(queries)
    agreed = (votes.neighbor_labels == votes.neighbor_labels[:, :1]).all(axis=1)
    (rows,) = np.nonzero(votes.refined & agreed)
    why = explained(refining, queries[rows[0]])
    assert why.runner_up is not None
    assert why.runner_up.label != why.tally[0].label
    assert why.runner_up.label in set(refining.labels)
    assert why.runner_up.distance >= why.neighbors[-1].distance
    assert why.runner_up.copies == 0


@pytest.mark.parametrize("features", ["blocks", "pixels", "hog"])
def test_a_photo_is_explained_as_it_is_read(features: str, photo: Pixels, sample: Dataset) -> None:
    feature = make_feature(features)
    model = model_of(sample.digits[:800], sample.labels[:800].tolist(), feature=feature, k=5)
    reading = read_photo(photo, model)
    whys = explain(photo, model)
    read = [digit for line in reading.lines for digit in line.digits]
    assert [why.number for why in whys] == list(range(1, 7))
    assert [why.line for why in whys] == [1, 1, 1, 2, 2, 2]
    for why, digit in zip(whys, read, strict=True):
        assert (why.read.label, why.read.probability, why.read.box) == (
            digit.label,
            digit.probability,
            digit.box,
        )
        ours = [(found.index, found.label, found.distance) for found in why.neighbors]
        assert ours == [(found.index, found.label, found.distance) for found in digit.neighbors]
        assert why.tally[0].label == digit.label
        assert sum(row.neighbors for row in why.tally) == 5


def test_a_refined_photo_is_explained_as_it_is_read(photo: Pixels, bundled: DigitKNN) -> None:
    whys = explain(photo, bundled)
    assert [[found.index for found in why.neighbors] for why in whys] == [
        [found.index for found in why.read.neighbors] for why in whys
    ]


def test_a_digit_in_a_photo_tells_why_it_was_taken_for_one(photo: Pixels, bundled: DigitKNN) -> None:
    whys = explain(photo, bundled)
    assert whys
    for why in whys:
        assert why.reasons
        assert why.reasons[0].log_odds == max(reason.log_odds for reason in why.reasons) > 0


def test_digits_of_the_page_that_look_like_one_are_shown(photo: Pixels, bundled: DigitKNN) -> None:
    twice = np.concatenate([photo, photo])
    whys = explain(twice, bundled)
    first, again = whys[0], whys[len(whys) // 2]
    assert first.alike[0].place == f"digit {again.number}"
    assert (first.alike[0].digit == again.read.digit).all()
    assert first.alike[0].distance == pytest.approx(0, abs=1)
    assert first.read.page_share is not None
    assert first.read.page_share > 0.1
    assert [one.distance for one in first.alike] == sorted(one.distance for one in first.alike)
    (alone,) = explain(twice, bundled, digit=1)
    assert [one.place for one in alone.alike] == [one.place for one in first.alike]


def test_digits_of_a_sudoku_are_explained_by_the_printed_digits_that_voted() -> None:
    whys = explain(SUDOKU, "bundled")
    shown = [[(one.index, one.distance) for one in why.neighbors] for why in whys]
    assert shown == [[(one.index, one.distance) for one in why.read.neighbors] for why in whys]
    assert {one.origin for why in whys for one in why.neighbors} > {"training digit", "printed digit"}


def test_of_a_digit_that_asked_no_other_none_is_shown(bundled: DigitKNN, sample: Dataset) -> None:
    reading = reading_of(*sample.digits[[3, 3]])
    assert [why.alike for why in explain_reading(reading, PHOTO, bundled)] == [(), ()]


def test_without_the_stages_of_the_reading_no_reasons_are_told(photo: Pixels, bundled: DigitKNN) -> None:
    reading, stages = read_stages(photo, bundled)
    assert explain_reading(reading, stages.photo, bundled)[0].reasons == ()


def test_the_crop_is_the_box_with_some_paper_around(photo: Pixels, bundled: DigitKNN) -> None:
    why = explain(photo, bundled, digit=1)[0]
    assert why.crop.dtype == np.uint8
    box, (height, width) = why.read.box, why.crop.shape[:2]
    assert box.height < height <= 1.4 * box.height + 2
    assert box.width < width <= box.width + 0.4 * box.height + 2
    assert abs(int(why.crop[0, 0, 0]) - PAPER) < 5
    assert why.crop.min() < PAPER / 2
    assert MARGIN < box.left < MARGIN + CELL


def test_one_digit_alone_can_be_explained(photo: Pixels, bundled: DigitKNN) -> None:
    every = explain(photo, bundled)
    (fifth,) = explain(photo, bundled, digit=5)
    assert (fifth.number, fifth.line) == (5, 2)
    assert (fifth.read.digit == every[4].read.digit).all()


@pytest.mark.parametrize("digit", [0, 7, -1])
def test_a_digit_that_is_not_there_is_told_with_how_many_there_are(
    photo: Pixels, digit: int, bundled: DigitKNN
) -> None:
    with pytest.raises(UsageError, match=rf"no digit {digit}: they count from 1 to 6"):
        explain(photo, bundled, digit=digit)


def test_a_photo_without_digits_has_no_explanations(bundled: DigitKNN) -> None:
    blank = np.full((200, 300), 220, np.uint8)
    assert explain(blank, bundled) == ()
    with pytest.raises(UsageError, match="no digit 1: none was found"):
        explain(blank, bundled, digit=1)


def test_of_a_page_of_too_many_digits_one_is_to_be_chosen(photo: Pixels, bundled: DigitKNN) -> None:
    reading, stages = read_stages(photo, bundled)
    many = dataclasses.replace(reading, lines=reading.lines * MOST)
    with pytest.raises(
        UsageError, match=f"{6 * MOST} digits were read, at most {MOST} are explained at once"
    ):
        explain_reading(many, stages.photo, bundled)
    (why,) = explain_reading(many, stages.photo, bundled, digit=6 * MOST)
    assert why.number == 6 * MOST


def test_a_refused_digit_is_explained_too() -> None:
    why = explained(model_of(TRAINING, LABELS, k=3), QUERY, label=None)
    assert why.read.label is None
    assert (why.tally[0].label, len(why.neighbors)) == (3, 3)


@pytest.mark.usefixtures("home")
def test_without_a_model_the_current_one_is_explained(photo: Pixels) -> None:
    assert [why.read.text for why in explain(photo)] == list("314278")


def test_a_network_cannot_be_explained(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match="a network names no neighbors"):
        explain(tmp_path / "not even opened.png", load_classifier("cnn"))
