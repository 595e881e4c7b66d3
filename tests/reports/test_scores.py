from dataclasses import replace

import pytest

from knn_digits.classifiers.header import DataNote, ModelHeader, Refusal, TuningNote, Validation
from knn_digits.classifiers.hearing import Hearing
from knn_digits.classifiers.options import KnnOptions
from knn_digits.evaluation import Evaluation
from knn_digits.features.blocks import Blocks
from knn_digits.reports.scores import evaluation_text, model_text, validation_text

CONFUSION = [[0] * 10 for _ in range(10)]
CONFUSION[3][3], CONFUSION[3][8], CONFUSION[7][7] = 17, 3, 12_345
EVALUATION = Evaluation(
    n=12_365,
    errors=3,
    error_rate=3 / 12_365,
    interval=(0.0001, 0.0007),
    confusion=CONFUSION,
    refused=61,
    calibration_error=0.0123,
    recall=[None, None, None, 0.85, None, None, None, 1.0, None, None],
    seconds=2.5,
    queries_per_second=4946,
)
VALIDATION = Validation(digits=8, errors=2, reach=None, plain=None, refined=None, refusal=None)
HEADER = ModelHeader(
    feature=Blocks(),
    options=KnnOptions(),
    data=DataNote(name="sample/train", sha256="0123456789abcdef" * 4, digits=20, per_label=(2,) * 10),
    versions={"knn-digits": "9.9", "numpy": "2.0"},
    date="2026-01-02",
    validation=VALIDATION,
)


def test_an_evaluation_has_its_error_with_n_and_interval_and_its_speed() -> None:
    first, second, third, *_ = evaluation_text(EVALUATION).splitlines()
    assert first == "error 0.02% (3 of 12365), 95 % interval 0.01% to 0.07%"
    assert second == "2.5 s, 4946 digits a second"
    assert (
        third == "expected calibration error of the probabilities 1.23%; 0.49% of the digits would be refused"
    )


def test_the_confusion_matrix_has_a_row_for_each_true_label_under_columns_that_line_up() -> None:
    _, _, _, _, head, columns, *rows = evaluation_text(EVALUATION).splitlines()
    assert len(rows) == 10
    assert head.split() == ["true", "read", "as", "recall"]
    assert columns.split() == list("0123456789")
    assert rows[3].split() == ["3", "0", "0", "0", "17", "0", "0", "0", "0", "3", "0", "85.00%"]
    assert [row.split()[-1] for row in (rows[0], rows[7])] == ["-", "100.00%"]
    assert {len(row) for row in (head, *rows)} == {len(head)}
    assert [row.index("17") + 1 for row in rows if " 17 " in row] == [columns.index("3")]


def test_a_models_text_tells_its_number_of_digits_once() -> None:
    chosen = replace(HEADER, data=replace(HEADER.data, name="20 of mnist/train"))
    assert "fitted on   20 digits of mnist/train (SHA-256" in model_text("m.npz", chosen)
    assert "fitted on   20 digits of sample/train (SHA-256" in model_text("m.npz", HEADER)


def test_a_models_text_names_what_it_is_made_of() -> None:
    said = model_text("m.npz", HEADER)
    for words in (
        "m.npz",
        "blocks rows=5 columns=4 ink=count",
        "k=11",
        "20 digits of sample/train",
        "0123456789abcdef...",
    ):
        assert words in said
    assert "2026-01-02 with knn-digits 9.9, numpy 2.0" in said
    assert "error 25.00% (2 of 8 held-out training digits)" in said


def test_a_model_that_was_taught_to_refuse_says_how_often() -> None:
    note = replace(VALIDATION, refusal=Refusal(rate=0.005, limit=1.1))
    assert "refuses     0.50% of held-out training digits" in model_text(
        "m.npz", replace(HEADER, validation=note)
    )
    assert "refuses" not in model_text("m.npz", HEADER)


SUM = Hearing(weight=1.2, limit=1.45)


@pytest.mark.parametrize(
    ("refusal", "what"),
    [
        (Refusal(rate=0.005, limit=1.1, nearer=SUM), "nearness of signs"),
        (Refusal(rate=0.005, limit=1.1, heard=SUM), "share of votes for signs"),
    ],
)
def test_a_model_that_knows_signs_says_how_they_count(refusal: Refusal, what: str) -> None:
    text = model_text("m.npz", replace(HEADER, validation=replace(VALIDATION, refusal=refusal)))
    assert f"as no digits: doubt + 1.20 x {what} above 1.45" in text


def test_a_model_without_a_validation_says_why() -> None:
    assert validation_text(None) == "none: too few digits to hold some out"
    assert "none: too few digits" in model_text("m.npz", replace(HEADER, validation=None))


def test_a_tuned_model_says_how_its_settings_were_chosen() -> None:
    note = TuningNote(digits=8, trials=30, errors=2, few=4, feature=Blocks(), options=KnnOptions())
    said = model_text("m.npz", replace(HEADER, tuning=note))
    assert (
        "the best of 30 settings on 8 held-out training digits: error 25.00% (2), reached by 4 of them"
        in said
    )


def test_what_a_file_says_forges_no_line_and_moves_no_cursor() -> None:
    data = replace(HEADER.data, name="\x1b]0;title\x07\nmodel       /another")
    header = replace(HEADER, data=data, versions={"\x1b[2J": "\u202e\r9"})
    said = model_text("m\n.npz", header)
    assert len(said.splitlines()) == len(model_text("m.npz", HEADER).splitlines())
    assert said.replace("\n", "").isprintable()
