"""What `with_hands` promises: other people's digits, and marks that are none, beside a model and saved."""

import pathlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from knn_digits.classifiers.header import Refusal
from knn_digits.classifiers.hearing import Hearing
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.options import TEXTBOOK
from knn_digits.classifiers.recipe import DEFAULT
from knn_digits.classifiers.validation import held_out
from knn_digits.classifiers.variants import doubting_apart, part_of, vary, vote_otherwise
from knn_digits.datasets import Dataset
from knn_digits.datasets.hands import Hands, load_hands
from knn_digits.errors import ModelError
from knn_digits.features.pixels import PixelValues
from tests.models import load_model, save_model

KNOWN = slice(None, None, 2)  # of the package's hands: the others are asked


@pytest.fixture(scope="module")
def plain(sample: Dataset) -> DigitKNN:
    """The default recipe on some of the sample's digits, without hands."""
    feature, options = DEFAULT.make(refine=False)
    return DigitKNN.fit(sample.digits[:1500], sample.labels[:1500], feature=feature, options=options)


@pytest.fixture(scope="module")
def hands() -> Hands:
    every = load_hands()
    return Hands(
        digits=every.digits[KNOWN],
        labels=every.labels[KNOWN],
        sources=every.sources[KNOWN],
        signs=every.signs[KNOWN],
        names=every.names[KNOWN],
    )


@pytest.fixture(scope="module")
def model(plain: DigitKNN, hands: Hands) -> DigitKNN:
    handed = plain.with_hands(hands)
    handed.validate()
    return handed


def refusal_of(model: DigitKNN) -> Refusal:
    note = model.about.validation
    assert note is not None
    assert note.refusal is not None
    return note.refusal


def refusing(model: DigitKNN, refusal: Refusal) -> DigitKNN:
    """Return the model that refuses by another rule."""
    note = model.about.validation
    assert note is not None
    return vary(model, about=replace(model.about, validation=replace(note, refusal=refusal)))


def deaf(model: DigitKNN) -> DigitKNN:
    """Return the model that does not mind signs."""
    return refusing(model, replace(refusal_of(model), nearer=Hearing(weight=0, limit=1)))


def change(path: pathlib.Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Write the model file again with another header."""
    header, arrays = load_model(path)
    edit(header)
    kept = {name: header[name] for name in header if name not in ("kind", "format", "sha256")}
    save_model(path, header=kept, arrays=arrays)


def test_digits_of_other_hands_are_read_better_with_some_like_them(plain: DigitKNN, model: DigitKNN) -> None:
    every = load_hands()
    asked = every.digits[1::2], every.labels[1::2]
    before, after = ((one.classify(asked[0]).labels != asked[1]).mean() for one in (plain, model))
    assert after < 0.7 * before


def test_a_sign_is_known_by_its_name_and_doubted(model: DigitKNN) -> None:
    every = load_hands()
    plus = every.signs[1::2][every.names[1::2] == "+"]
    votes = model.classify(plus)
    assert (votes.doubt > 1).mean() > 0.7
    assert (votes.sign_names == "+").mean() > 0.7
    assert (votes.sign_shares > 0.5).mean() > 0.9


def test_digits_are_not_refused_for_the_signs(model: DigitKNN, sample: Dataset) -> None:
    asked = sample.digits[3000:4000]
    heard, unheard = ((one.classify(asked).doubt > 1).mean() for one in (model, deaf(model)))
    assert heard <= unheard


def test_held_out_digits_are_refused_at_the_chosen_rate_though_signs_have_a_say(
    plain: DigitKNN, hands: Hands
) -> None:
    handed = plain.with_hands(hands)
    handed.validate(refuse_rate=0.1)
    digits, labels = handed.own
    held = held_out(labels)
    rest = part_of(handed, ~held, None)
    rest.about = handed.about
    assert (rest.classify(digits[held]).doubt > 1).mean() == pytest.approx(0.1, abs=0.01)


def test_doubt_and_the_nearness_of_signs_are_added(model: DigitKNN) -> None:
    nearer, asked = refusal_of(model).nearer, load_hands().signs[1::40]
    assert nearer is not None
    votes, alone = (one.classify(asked) for one in (model, deaf(model)))
    total = alone.doubt + nearer.weight * votes.sign_nearness
    np.testing.assert_allclose(votes.doubt, total / nearer.limit, rtol=1e-5)


def test_signs_are_nearer_than_digits_to_signs_and_farther_to_digits(
    model: DigitKNN, sample: Dataset
) -> None:
    signs, digits = (model.classify(asked) for asked in (load_hands().signs[1::40], sample.digits[3000:3100]))
    assert (signs.sign_nearness > 1).mean() > 0.7
    assert (digits.sign_nearness < 1).mean() > 0.95


def test_as_many_neighbors_tell_how_near_signs_are_whatever_number_votes(
    model: DigitKNN, sample: Dataset
) -> None:
    asked = sample.digits[3000:3020]
    votes = [vote_otherwise(model, replace(model.options, k=k)).classify(asked) for k in (1, 9, 15)]
    for others in votes[1:]:
        np.testing.assert_allclose(others.sign_nearness, votes[0].sign_nearness, rtol=1e-6)


def test_a_model_of_before_adds_doubt_and_votes_for_signs(model: DigitKNN, tmp_path: pathlib.Path) -> None:
    heard = Hearing(weight=2, limit=1.5)
    refusing(model, replace(refusal_of(model), heard=heard, nearer=None)).save(tmp_path / "old.npz")
    asked = load_hands().signs[1::40]
    votes, alone = DigitKNN.load(tmp_path / "old.npz").classify(asked), deaf(model).classify(asked)
    np.testing.assert_allclose(votes.doubt, (alone.doubt + 2 * votes.sign_shares) / 1.5, rtol=1e-5)


def test_the_first_models_refuse_by_strangeness_alone_or_by_votes_alone(
    model: DigitKNN, tmp_path: pathlib.Path
) -> None:
    old = refusing(model, replace(refusal_of(model), signs=0.6, nearer=None))
    old.save(tmp_path / "old.npz")
    asked = load_hands().signs[1::40]
    votes, alone = DigitKNN.load(tmp_path / "old.npz").classify(asked), deaf(model).classify(asked)
    np.testing.assert_allclose(votes.doubt, np.maximum(alone.doubt, votes.sign_shares / 0.6), rtol=1e-5)


def test_doubt_apart_is_that_of_strangeness_or_of_votes_whichever_is_more(model: DigitKNN) -> None:
    asked, apart = load_hands().signs[1::40], doubting_apart(model).knn
    assert apart is not None
    votes, alone = (one.classify(asked) for one in (apart, deaf(model)))
    np.testing.assert_allclose(votes.doubt, np.maximum(alone.doubt, alone.sign_shares), rtol=1e-5)
    network = load_classifier("cnn")
    assert doubting_apart(network) is network


def test_a_file_that_notes_nothing_of_the_sum_opens(model: DigitKNN, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    change(path, lambda header: [header["validation"]["refusal"].pop(name) for name in ("heard", "nearer")])
    assert refusal_of(DigitKNN.load(path)).nearer is None


def test_blank_digits_are_refused_whatever_signs_say(model: DigitKNN) -> None:
    assert (model.classify(np.zeros((1, 28, 28), np.uint8)).doubt > 1).all()


def test_a_model_without_hands_knows_no_signs(plain: DigitKNN) -> None:
    votes = plain.classify(load_hands().signs[:5])
    assert votes.sign_names.tolist() == [""] * 5
    assert not votes.sign_shares.any()


def test_hands_are_saved_with_the_model_and_answer_the_same(
    model: DigitKNN, tmp_path: pathlib.Path, sample: Dataset
) -> None:
    model.save(tmp_path / "model.npz")
    again = DigitKNN.load(tmp_path / "model.npz")
    asked = np.concatenate([load_hands().signs[::40], sample.digits[4000:4100]])
    ours, theirs = model.classify(asked), again.classify(asked)
    assert (ours.doubt == theirs.doubt).all()
    assert (ours.sign_names == theirs.sign_names).all()
    assert (ours.indices == theirs.indices).all()
    assert again.header == model.header


def test_the_source_of_each_digit_is_told(model: DigitKNN, hands: Hands, sample: Dataset) -> None:
    first = 1500
    assert model.origin(first - 1) == ("model", first - 1)
    assert model.origin(first) == (str(hands.sources[0]), 0)
    assert model.origin(len(model.labels) - 1)[0] == str(hands.sources[-1])
    assert len(model.own[1]) == first


def test_hands_come_back_as_they_were_given(model: DigitKNN, hands: Hands) -> None:
    back = model.hands
    assert back is not None
    assert (back.digits == hands.digits).all()
    assert (back.sources == hands.sources).all()
    assert sorted(back.names) == sorted(hands.names)


def test_hands_that_are_given_again_take_the_place_of_the_first(model: DigitKNN, hands: Hands) -> None:
    again = model.with_hands(hands)
    assert len(again.labels) == len(model.labels)


def test_a_layer_stays_behind_the_hands(plain: DigitKNN, hands: Hands, sample: Dataset) -> None:
    layered = plain.with_layer(sample.digits[2000:2003], sample.labels[2000:2003], name="learned")
    handed = layered.with_hands(hands)
    assert handed.origin(len(handed.labels) - 1) == ("learned", 2)
    assert len(handed.without_layer("learned").labels) == 1500 + len(hands.labels)


def test_digits_alone_suit_a_textbook_model_whose_answers_name_no_signs(sample: Dataset) -> None:
    model = DigitKNN.fit(
        sample.digits[:300], sample.labels[:300], feature=PixelValues(), options=replace(TEXTBOOK, k=3)
    )
    handed = model.with_hands(load_hands().without_signs())
    assert handed.signs is None
    assert handed.classify(sample.digits[300:310]).sign_names.tolist() == [""] * 10


@pytest.mark.parametrize(
    ("field", "value"),
    [("digits", {"bhmsds": 0}), ("signs", {"+": "many"}), ("digits", [1]), ("signs", None)],
)
def test_a_model_whose_note_of_hands_is_damaged_is_refused(
    model: DigitKNN, tmp_path: pathlib.Path, field: str, value: object
) -> None:
    path = tmp_path / "model.npz"
    model.save(path)
    change(path, lambda header: header["hands"].update({field: value}))
    with pytest.raises(ModelError, match="hands"):
        DigitKNN.load(path)
