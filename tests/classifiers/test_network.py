import hashlib
import json
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED, load_classifier
from knn_digits.classifiers.network import (
    CARDS,
    MAX_BYTES,
    MAX_CARDS,
    NETWORKS,
    WEIGHTS,
    NetworkClassifier,
    load_card,
    measure_reach,
    soften,
)
from knn_digits.datasets import Dataset
from knn_digits.errors import ModelError, UsageError
from knn_digits.evaluation import evaluate
from knn_digits.reports.scores import network_text
from tests.classifiers.make_golden import COMMAND, GOLDEN

MEGABYTES = 1_000_000
MOST_ERRORS = {"ann": 400, "cnn": 100, "lenet5": 100, "mlp": 400}  # of the 10,000 test digits


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    """Each bundled network in turn."""
    return str(request.param)


@pytest.fixture
def copied(tmp_path: pathlib.Path) -> pathlib.Path:
    """A network and its card in a folder of their own."""
    shutil.copy(WEIGHTS / "cnn.onnx", tmp_path)
    shutil.copy(WEIGHTS / CARDS, tmp_path)
    return tmp_path / "cnn.onnx"


# bundled


def test_the_weights_are_small_and_each_has_a_card_and_each_card_its_weights() -> None:
    files = sorted(WEIGHTS.iterdir())
    assert sum(file.stat().st_size for file in files) < 8 * MEGABYTES
    cards = json.loads((WEIGHTS / CARDS).read_text())
    assert [file.name for file in files] == sorted([*(f"{name}.onnx" for name in cards), CARDS])
    assert set(cards) == set(NETWORKS)


def test_a_card_says_how_its_network_was_made(name: str) -> None:
    card = NetworkClassifier.load(name).card
    assert card["command"].startswith(f"knn-digits train {name} --data mnist --seed {card['seed']}")
    assert hashlib.sha256((WEIGHTS / f"{name}.onnx").read_bytes()).hexdigest() == card["sha256"]
    assert {"torch", "onnx", "knn-digits", "opencv"} <= set(card["versions"])
    assert card["epochs"]["done"] == card["recipe"]["epochs"] >= card["epochs"]["best"]
    scores = card["scores"]
    assert {part: scores[part]["digits"] for part in scores} == {
        "train": 55_000,
        "validation": 5000,
        "test": 10_000,
    }
    for score in scores.values():
        assert score["accuracy"] == 1 - score["errors"] / score["digits"]
    assert scores["test"]["errors"] <= MOST_ERRORS[name]


def test_outputs_for_the_stored_batch_are_those_that_were_stored(name: str) -> None:
    with np.load(GOLDEN) as golden:
        assert str(golden["command"]) == COMMAND
        found = NetworkClassifier.load(name).logits(golden["digits"])
        np.testing.assert_allclose(found, golden[name], atol=1e-3, rtol=1e-4)
        assert (found.argmax(1) == golden[name].argmax(1)).all()


@pytest.mark.shared
def test_the_test_error_is_the_one_on_the_card(name: str, mnist_test: Dataset) -> None:
    network = NetworkClassifier.load(name)
    errors = evaluate(network, mnist_test.digits, mnist_test.labels).errors
    assert errors == pytest.approx(network.card["scores"]["test"]["errors"], abs=1)


@pytest.mark.shared
def test_one_in_two_hundred_of_the_digits_held_out_is_strange(name: str, mnist_train: Dataset) -> None:
    scores = NetworkClassifier.load(name).classify(mnist_train.digits[-5000:])
    assert 0.002 < (scores.strangeness > 1).mean() < 0.01
    assert np.median(scores.strangeness) == pytest.approx(0.5, abs=0.02)


# scores


def test_probabilities_are_the_softmax_of_the_logits_over_the_temperature(sample: Dataset) -> None:
    network = NetworkClassifier.load("cnn")
    scores = network.classify(sample.digits[:50])
    powers = np.exp(scores.logits.astype(float) / network.card["temperature"])
    np.testing.assert_allclose(scores.probabilities, powers / powers.sum(1, keepdims=True), rtol=1e-5)
    assert (scores.labels == scores.logits.argmax(1)).all()


def test_no_logits_are_too_large_for_probabilities() -> None:
    logits = np.zeros((1, 10), np.float32)
    logits[0, 3] = np.finfo(np.float32).max
    assert soften(logits, 0.01)[0].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_strangeness_is_a_half_in_the_middle_and_one_at_the_reach(sample: Dataset) -> None:
    network = NetworkClassifier.load("cnn")
    digits = sample.digits[:5000]
    logits = network.logits(digits)
    usual, reach = measure_reach(logits, logits.argmax(1))
    network.card = network.card | {"usual": usual.tolist(), "reach": reach.tolist()}
    strangeness = network.classify(digits).strangeness
    assert np.median(strangeness) == pytest.approx(0.5, abs=0.01)
    assert (strangeness > 1).mean() == pytest.approx(0.005, abs=0.002)


def test_a_label_that_is_not_there_has_the_reach_of_all() -> None:
    logits = np.random.default_rng(0).normal(size=(300, 10)).astype(np.float32)
    labels = np.arange(300) % 9  # no 9
    usual, reach = measure_reach(logits, labels)
    assert usual[9] == pytest.approx(np.median(logits.max(1)))
    assert (reach < usual).all()


# damage


def test_a_network_from_its_file_answers_as_the_bundled_one(copied: pathlib.Path, sample: Dataset) -> None:
    digits = sample.digits[:20]
    assert (
        NetworkClassifier.load(copied).logits(digits) == NetworkClassifier.load("cnn").logits(digits)
    ).all()


def flip(content: bytes) -> bytes:
    return content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]


@pytest.mark.parametrize("harm", [flip, lambda content: content[:-1], lambda _: b"", lambda _: b"no network"])
def test_a_damaged_network_is_refused_in_one_line(
    copied: pathlib.Path, harm: Callable[[bytes], bytes]
) -> None:
    copied.write_bytes(harm(copied.read_bytes()))
    with pytest.raises(ModelError, match=r"cnn.onnx is damaged: its SHA-256 is not") as caught:
        NetworkClassifier.load(copied)
    assert "\n" not in str(caught.value)


def test_what_its_card_vouches_for_but_is_no_network_is_refused(copied: pathlib.Path) -> None:
    for content in (b"", b"no network", copied.read_bytes()[:5000]):
        copied.write_bytes(content)
        rewrite(copied, sha256=hashlib.sha256(content).hexdigest())
        with pytest.raises(ModelError, match="cannot run the network"):
            NetworkClassifier.load(copied)


def rewrite(path: pathlib.Path, **changes: Any) -> None:
    cards = json.loads(path.with_name(CARDS).read_text())
    cards["cnn"] |= changes
    path.with_name(CARDS).write_text(json.dumps(cards))


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": None},
        {"input": None},
        {"input": {"mean": 0}},
        {"input": {"mean": 0, "deviation": 0}},
        {"input": {"mean": "0", "deviation": 1}},
        {"temperature": 0},
        {"temperature": float("nan")},
        {"temperature": None},
        {"usual": []},
        {"reach": [1e9] * 10},
        {"reach": "far"},
        {"reach": [None] * 10, "usual": [None] * 10},
        {"temperature": True},
        {"temperature": 10**400},
        {"temperature": 1e-300},
        {"versions": None},
        {"versions": {"torch": 2}},
        {"scores": {}},
        {"scores": {"train": {"digits": 0, "errors": 0, "accuracy": 1}}},
        {"scores": {"train": {"digits": 1, "errors": 2, "accuracy": 1}}},
        {"epochs": {"done": 1, "best": 2}},
        {"data": {"name": "mnist/train"}},
        {"parameters": "many"},
        {"bytes": -1},
        {"seed": None},
        {"threads": 1.5},
        {"command": ["rm"]},
        {"device": None},
        {"date": "\x1b[2J"},
    ],
    ids=str,
)
def test_a_damaged_card_is_refused_in_one_line(copied: pathlib.Path, changes: dict[str, Any]) -> None:
    rewrite(copied, **changes)
    with pytest.raises(ModelError, match=r"weights.json is no whole card of the network cnn") as caught:
        load_card(copied)
    assert "\n" not in str(caught.value)


def test_cards_or_networks_larger_than_any_are_not_read(copied: pathlib.Path) -> None:
    cards = copied.with_name(CARDS)
    whole = cards.read_text()
    cards.write_text(whole + " " * MAX_CARDS)
    with pytest.raises(ModelError, match="it holds more than 1 MiB"):
        load_card(copied)
    cards.write_text(whole)
    with copied.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ModelError, match="it holds more than 64 MiB"):
        NetworkClassifier.load(copied)


def test_what_a_card_says_forges_no_line_and_moves_no_cursor(copied: pathlib.Path) -> None:
    evil = "\x1b]0;title\x07\nnetwork     /another\x7f\u202e"
    rewrite(copied, command=evil, device=evil, versions={evil: evil}, network=evil)
    said = network_text("cnn.onnx", load_card(copied))
    assert said.replace("\n", "").isprintable()
    assert len(said.splitlines()) == len(network_text("cnn", load_card(WEIGHTS / "cnn.onnx")).splitlines())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"cnn": []}', "[" * 100_000])
def test_what_is_no_cards_is_refused(copied: pathlib.Path, content: str) -> None:
    copied.with_name(CARDS).write_text(content)
    with pytest.raises(ModelError, match="is no whole card"):
        load_card(copied)


def test_a_missing_network_or_card_is_told(copied: pathlib.Path) -> None:
    copied.unlink()
    with pytest.raises(ModelError, match=r"cannot open the network .*No such file"):
        NetworkClassifier.load(copied)
    copied.with_name(CARDS).unlink()
    with pytest.raises(ModelError, match=r"cannot open .*weights.json, the card of the network"):
        NetworkClassifier.load(copied)


# which classifier


def test_a_name_means_a_network_and_a_path_what_its_ending_says(
    copied: pathlib.Path, monkeypatch: pytest.MonkeyPatch, home: pathlib.Path
) -> None:
    assert isinstance(load_classifier("cnn"), NetworkClassifier)
    assert isinstance(load_classifier(str(copied)), NetworkClassifier)
    assert isinstance(load_classifier("bundled"), DigitKNN)
    assert isinstance(load_classifier(), DigitKNN)
    assert isinstance(load_classifier(str(BUNDLED), backend="opencv"), DigitKNN)
    monkeypatch.chdir(copied.parent)
    (copied.parent / "mlp").write_text("a file of that name")
    assert isinstance(load_classifier("mlp"), NetworkClassifier)
    assert not home.exists()


def test_a_network_has_no_backend_and_no_gpu() -> None:
    load_classifier("cnn", device="cpu")
    for options in ({"backend": "faiss"}, {"device": "cuda"}):
        with pytest.raises(UsageError, match="OpenCV runs cnn on the CPU"):
            load_classifier("cnn", **options)


def test_a_network_names_no_neighbors(sample: Dataset) -> None:
    from knn_digits.reading import read_photo
    from tests.pages import draw

    reading = read_photo(draw(sample.digits, (3, 1, 4)), NetworkClassifier.load("cnn"))
    assert [digit.neighbors for line in reading.lines for digit in line.digits] == [(), (), ()]
