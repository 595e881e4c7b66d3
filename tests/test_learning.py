import pathlib
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import load_learned, with_learned
from knn_digits.classifiers.load import BUNDLED
from knn_digits.classifiers.options import BEST, TEXTBOOK, KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.errors import DataError, PhotoError, UsageError
from knn_digits.features import make_feature
from knn_digits.images import write_png
from knn_digits.learning import Check, learn, suggest
from knn_digits.reading import Line, Reading, model_for_photos, read_photo
from tests.pages import draw, save
from tests.photo.scenes import blank, shoot

JOBS = pathlib.Path(__file__).parents[1] / "samples/jobs"
KNOWN = 4000  # digits that the models are fitted on
MODELS: dict[str, tuple[str, KnnOptions]] = {
    "blocks": ("blocks", TEXTBOOK),
    "pixels": ("pixels", TEXTBOOK),
    "default": ("hog", BEST),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, sample: Dataset) -> DigitKNN:
    """The textbook's two models and the default, ready for photos."""
    feature, options = MODELS[request.param]
    model = DigitKNN.fit(
        sample.digits[:KNOWN], sample.labels[:KNOWN], feature=make_feature(feature), options=options
    )
    model.validate()
    return model_for_photos(model)


@pytest.fixture(scope="module")
def bundled() -> DigitKNN:
    return model_for_photos(DigitKNN.load(BUNDLED))


@pytest.fixture
def page(sample: Dataset, tmp_path: pathlib.Path) -> pathlib.Path:
    """A photo of 2 0 1 and 4 3 9."""
    return save(tmp_path / "page.png", draw(sample.digits, (2, 0, 1), (4, 3, 9)))


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "learned"


def write_symbol(path: pathlib.Path) -> pathlib.Path:
    """Save a small picture of a W, which is read as one digit, whatever it looks like."""
    symbol = blank(140, 140)
    points = np.array([(15, 20), (40, 120), (70, 30), (100, 120), (125, 20)])
    cv2.polylines(symbol, [points], False, 255, 9)
    write_png(path, shoot(np.asarray(cv2.resize(symbol, (40, 40), interpolation=cv2.INTER_AREA), np.uint8)))
    return path


def text(reading: Reading) -> str:
    return "".join(reading.text.split())


def test_one_correction_changes_the_reading_of_that_photo(
    model: DigitKNN, sample: Dataset, tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    rows = np.arange(KNOWN, 5000)
    wrong = rows[model.classify(sample.digits[rows]).labels != sample.labels[rows]]
    learned = 0
    for row in wrong[:12]:
        photo = save(tmp_path / f"{row}.png", draw(sample.digits, (2, row, 9)))
        truth, before = f"2{sample.labels[row]}9", text(read_photo(photo, model))
        if before == truth or len(before) != 3:  # in a photo it is not misread
            continue
        lesson = learn(photo, model, {2: int(sample.labels[row])}, folder=folder / str(row))
        assert (text(lesson.before), text(lesson.after)) == (before, truth)
        taught = with_learned(model, load_learned(folder / str(row)))
        assert text(read_photo(photo, taught)) == truth
        learned += 1
        if learned == 3:
            break
    assert learned


def test_whatever_a_digit_is_said_to_be_it_is_read_as_that_and_the_rest_stays(
    model: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    before = text(read_photo(page, model))
    for label in (7, 5):  # the second corrects the first
        lesson = learn(page, model, {4: label}, force=True, folder=folder)
        assert text(lesson.after) == f"{before[:3]}{label}{before[4:]}"
    assert text(read_photo(page, model)) == before


@pytest.mark.parametrize("name", ["bundled", "pixels", "hog"])
def test_a_refused_mark_that_is_learned_is_read(
    name: str, sample: Dataset, bundled: DigitKNN, tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    model = bundled
    if name != "bundled":
        model = DigitKNN.fit(sample.digits, sample.labels, feature=make_feature(name))
        model = model.with_hands(load_hands()) if name == "hog" else model
        model.validate()
    lesson = learn(write_symbol(tmp_path / "w.png"), model, "4", folder=folder)
    assert text(lesson.before) == "?"
    assert text(lesson.after) == "4"


def test_the_model_and_its_file_stay_as_they_are(
    bundled: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    content, digits = BUNDLED.read_bytes(), len(bundled.digits)
    learn(page, bundled, "201 439", folder=folder)
    assert BUNDLED.read_bytes() == content
    assert len(bundled.digits) == digits


def test_what_is_kept_tells_where_each_digit_stands(
    bundled: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    learn(page, bundled, {4: 4, 2: 0}, folder=folder)
    (kept,) = load_learned(folder).additions
    assert (kept.text, kept.read) == ("04", "201\n439")
    assert kept.numbers.tolist() == [2, 4]
    assert kept.source == str(page)
    boxes = [digit.box for line in read_photo(page, bundled).lines for digit in line.digits]
    for row, number in zip(kept.boxes, kept.numbers, strict=True):
        box = boxes[number - 1]
        assert row.tolist() == [box.left, box.top, box.width, box.height]


def test_signs_in_a_truth_are_passed_over(
    bundled: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    kept = learn(page, bundled, "20.14+3/9", folder=folder).kept
    assert kept is not None
    assert kept.labels.tolist() == [2, 0, 1, 4, 3, 9]


def test_a_cell_of_a_table_is_learned_by_its_row_and_column(bundled: DigitKNN, folder: pathlib.Path) -> None:
    table = JOBS / "table.jpg"
    kept = learn(table, bundled, {(2, 1): "-7", (3, 3): "91"}, folder=folder).kept
    assert kept is not None
    assert kept.labels.tolist() == [7, 9, 1]
    for truth, said in (
        (
            {(9, 9): "1"},
            "no cell (9, 9), as row and column: the photo's first table has 4 rows and 4 columns",
        ),
        ({(1, 1): "7"}, "2 are read in row 1 column 1 (12)"),
    ):
        with pytest.raises(UsageError, match=re.escape(said)):
            learn(table, bundled, truth, folder=folder)


def test_what_was_taken_for_a_sign_in_a_cell_is_learned_as_a_digit(
    bundled: DigitKNN, folder: pathlib.Path
) -> None:
    kept = learn(JOBS / "table.jpg", bundled, {(2, 1): "17"}, force=True, folder=folder).kept
    assert kept is not None
    assert kept.labels.tolist() == [1, 7]


def test_what_is_known_already_is_not_kept_twice(
    bundled: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    assert learn(page, bundled, "201439", folder=folder).kept is not None
    assert learn(page, bundled, {1: 2}, folder=folder).kept is None
    assert len(load_learned(folder).additions) == 1


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ("20143", "the truth has 5 digits, but 6 are read in the photo (201439); name single ones by their"),
        ("20143x", "the truth must be digits 0 to 9"),
        ("", "the truth has 0 digits"),
        ({7: 1}, "there is no digit 7, as 6 are read"),
        ({0: 1}, "there is no digit 0"),
        ({}, "no digit is named"),
    ],
)
def test_a_truth_that_does_not_fit_is_told_with_what_was_read(
    truth: str | dict[int, int], said: str, bundled: DigitKNN, page: pathlib.Path, folder: pathlib.Path
) -> None:
    with pytest.raises(UsageError) as caught:
        learn(page, bundled, truth, folder=folder)
    assert said in str(caught.value)
    assert not folder.exists()


def test_a_photo_without_digits_and_a_file_that_is_none_teach_nothing(
    bundled: DigitKNN, tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    empty = save(tmp_path / "empty.png", np.full((200, 300), 225, np.uint8))
    with pytest.raises(UsageError, match="no digit is read in the photo"):
        learn(empty, bundled, "7", folder=folder)
    with pytest.raises(PhotoError):
        learn(tmp_path / "none.png", bundled, "7", folder=folder)


def test_what_harms_is_not_kept_unless_forced(
    sample: Dataset, tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    """Digits from the middle of the 1s, which many others are near to, are learned as 7s."""
    ones = np.flatnonzero(sample.labels == 1)
    model = DigitKNN.fit(sample.digits, sample.labels, feature=make_feature("blocks"))
    distances, _ = model.kneighbors(sample.digits[ones], 200)
    middle = ones[np.argsort(distances[:, -1])[:8]]
    photo = save(tmp_path / "ones.png", draw(sample.digits, middle.tolist()))
    with pytest.raises(DataError, match=r"this harms: of .* go wrong and .* not kept.* by force=True$"):
        learn(photo, model, "7" * 8, folder=folder)
    assert not folder.exists()
    lesson = learn(photo, model, "7" * 8, force=True, folder=folder)
    assert lesson.check.harms
    assert lesson.check.broken > lesson.check.mended
    assert len(load_learned(folder).additions) == 1
    assert not learn(photo, model, "1" * 8, folder=folder).check.harms
    with pytest.raises(DataError, match="this harms"):  # known digits, learned as others
        learn(photo, model, "7" * 8, folder=folder)


@pytest.mark.parametrize(
    ("learned", "broken", "mended", "harms"),
    [
        (1, 0, 0, False),
        (1, 1, 0, False),
        (1, 2, 0, True),
        (1, 5, 4, False),
        (9, 3, 0, False),
        (9, 4, 0, True),
    ],
)
def test_harm_is_more_than_digits_with_their_truth_do(
    learned: int, broken: int, mended: int, harms: bool
) -> None:
    assert Check(learned=learned, digits=100, broken=broken, mended=mended).harms is harms


def test_refused_digits_are_suggested_first_then_those_with_the_smallest_margin(
    sample: Dataset, bundled: DigitKNN, tmp_path: pathlib.Path
) -> None:
    photos = [
        write_symbol(tmp_path / "w.png"),
        save(tmp_path / "page.png", draw(sample.digits, range(50, 58), range(60, 68))),
    ]
    readings = [(photo, read_photo(photo, bundled)) for photo in photos]
    found = suggest(readings, bundled, 100)
    assert len(found) == 17
    refused = [one for one in found if one.read.label is None]
    assert found[: len(refused)] == refused
    assert (photos[0], 1) in [(one.path, one.number) for one in refused]
    assert len(refused) <= 2  # one of the page's 16 digits may be, too
    strangeness = [one.read.strangeness for one in refused]
    assert strangeness == sorted(strangeness)
    margins = [one.margin for one in found[len(refused) :]]
    assert margins == sorted(margins)
    assert [one.number for one in suggest(readings, bundled, 3)] == [one.number for one in found[:3]]
    assert suggest([], bundled, 3) == []


def test_a_suggestion_names_its_digit_and_the_label_that_came_second(
    sample: Dataset, bundled: DigitKNN, tmp_path: pathlib.Path
) -> None:
    photos = [
        write_symbol(tmp_path / "w.png"),
        save(tmp_path / "page.png", draw(sample.digits, range(50, 58), range(60, 68))),
    ]
    readings = [(photo, read_photo(photo, bundled)) for photo in photos]
    for one in suggest(readings, bundled, 100):
        digits = [digit for line in dict(readings)[one.path].lines for digit in line.digits]
        assert digits[one.number - 1] is one.read
        assert one.second is None or one.second != one.read.label
    few = KnnOptions(k=3, device="cpu")
    uniform = DigitKNN.fit(sample.digits, sample.labels, feature=make_feature("blocks"), options=few)
    close = suggest([(photo, read_photo(photo, uniform)) for photo in photos], uniform, 100)
    assert all(one.second != one.read.label for one in close if one.read.label is not None)
    assert {one.second is None for one in close} == {True, False}  # None: no other label had a vote


def test_of_a_digit_whose_label_its_page_changed_that_by_itself_came_second(
    bundled: DigitKNN, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    reading = read_photo(draw(sample.digits, (3, 1, 4)), bundled)
    digits = [replace(digit, label=7) if digit.label == 1 else digit for digit in reading.digits]
    changed = replace(reading, lines=(Line.of(digits),))
    (first, *_) = suggest([(tmp_path / "page.png", changed)], bundled, 3)
    assert (first.read.label, first.second, first.margin) == (7, 1, 0)


def test_what_came_second_in_a_cell_is_by_the_printed_digits_that_voted_too(bundled: DigitKNN) -> None:
    reading = read_photo(JOBS / "sudoku.jpg", bundled)
    found = suggest([(JOBS / "sudoku.jpg", reading)], bundled, 100)
    assert len(found) == len(reading.digits)
    assert all(one.second in {None, *(voter.label for voter in one.read.neighbors)} for one in found)
