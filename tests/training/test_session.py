import json
import pathlib
import sys
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.classifiers.network import CARDS, NetworkClassifier
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.training.loop import Epoch, choose_device
from knn_digits.training.recipes import RECIPES
from knn_digits.training.session import Trained, TrainOptions, fit_temperature, train


def run(folder: pathlib.Path, dataset: Dataset, name: str = "cnn", **options: object) -> Trained:
    settings = TrainOptions(folder=folder, threads=1, device="cpu")
    return train(name, dataset, options=replace(settings, **options))  # type: ignore[arg-type]


class Interrupter:
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.left = epoch

    def __call__(self, steps: Iterable[int]) -> Iterable[int]:
        self.left -= 1
        for step in steps:
            if not self.left and step == 2:
                raise KeyboardInterrupt
            yield step


@pytest.mark.parametrize("name", RECIPES)
def test_training_gives_a_network_its_card_and_its_curves(
    name: str, few: Dataset, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    test = Dataset(sample.digits[4000:4200], sample.labels[4000:4200], "few", "test")
    told: list[Epoch] = []
    options = TrainOptions(folder=tmp_path, epochs=2, threads=1, seed=3, device="cpu")
    trained = train(name, few, options=options, test=test, report=told.append)
    assert trained.path == tmp_path / f"{name}.onnx"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [f"{name}-curves.json", f"{name}.checkpoint", f"{name}.onnx", CARDS]
    )
    network = NetworkClassifier.load(trained.path)
    assert network.card == json.loads(json.dumps(trained.card))
    assert trained.card["command"] == f"knn-digits train {name} --data few --seed 3 --epochs 2 --threads 1"
    parts = {"train": few.digits[:440], "validation": few.digits[440:], "test": test.digits}
    truths = {"train": few.labels[:440], "validation": few.labels[440:], "test": test.labels}
    for part, digits in parts.items():
        errors = int((network.classify(digits).labels != truths[part]).sum())
        score = trained.card["scores"][part]
        assert (score["digits"], score["errors"]) == (len(digits), errors)
    assert [epoch.epoch for epoch in told] == [1, 2]
    assert tuple(told) == trained.history
    assert told[1].loss < told[0].loss
    assert not trained.interrupted
    curves = json.loads((tmp_path / f"{name}-curves.json").read_text())
    assert [Epoch(**one) for one in curves["history"]] == told


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    few: Dataset, tmp_path: pathlib.Path
) -> None:
    first, again, other = (
        run(tmp_path / str(place), few, "lenet5", epochs=1, seed=seed).path.read_bytes()
        for place, seed in enumerate((1, 1, 2))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", ["cnn", "cnn-plus", "lenet5", "mlp"])
def test_interrupted_and_resumed_training_ends_as_if_it_had_not_been_interrupted(
    name: str, few: Dataset, tmp_path: pathlib.Path
) -> None:
    whole = run(tmp_path / "whole", few, name, epochs=3)
    options = TrainOptions(folder=tmp_path / "parts", threads=1, device="cpu", epochs=3)
    part = train(name, few, options=options, progress=Interrupter(2))
    assert part.interrupted
    assert part.card["epochs"] == {"done": 1, "best": 1}
    resumed = run(tmp_path / "parts", few, name, epochs=3, resume=True)
    assert resumed.history == whole.history
    assert resumed.path.read_bytes() == whole.path.read_bytes()
    assert not resumed.interrupted


def test_an_interruption_keeps_the_best_epoch_so_far(few: Dataset, tmp_path: pathlib.Path) -> None:
    one = run(tmp_path / "one", few, epochs=1)
    options = TrainOptions(folder=tmp_path / "two", threads=1, device="cpu")
    part = train("cnn", few, options=options, progress=Interrupter(2))
    assert part.path.read_bytes() == one.path.read_bytes()


def test_an_interruption_before_the_first_epoch_leaves_nothing(few: Dataset, tmp_path: pathlib.Path) -> None:
    options = TrainOptions(folder=tmp_path, threads=1, device="cpu")
    with pytest.raises(KeyboardInterrupt):
        train("cnn", few, options=options, progress=Interrupter(1))
    assert not list(tmp_path.iterdir())


def test_the_epoch_of_the_highest_validation_accuracy_is_kept(few: Dataset, tmp_path: pathlib.Path) -> None:
    trained = run(tmp_path, few, "ann", epochs=6)
    best = max(epoch.validation_accuracy for epoch in trained.history)
    kept = trained.history[trained.card["epochs"]["best"] - 1]
    assert kept.validation_accuracy == best
    assert trained.card["scores"]["validation"]["accuracy"] == pytest.approx(best, abs=0.026)  # one digit


def test_more_epochs_may_follow_a_training_that_is_done(few: Dataset, tmp_path: pathlib.Path) -> None:
    whole = run(tmp_path / "whole", few, "ann", epochs=3)
    run(tmp_path / "parts", few, "ann", epochs=1)
    assert run(tmp_path / "parts", few, "ann", epochs=3, resume=True).history == whole.history


@pytest.mark.parametrize("change", [{"seed": 2}, {"data": "other"}], ids=str)
def test_a_training_with_other_settings_is_not_resumed(
    change: dict[str, object], few: Dataset, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    run(tmp_path, few, "ann", epochs=1)
    if "data" in change:
        few = Dataset(sample.digits[480:960], sample.labels[480:960], "few", "train")
    with pytest.raises(UsageError, match=f"the training to resume has another {next(iter(change))}"):
        run(tmp_path, few, "ann", resume=True, seed=change.get("seed", 1))


def test_where_there_is_nothing_to_resume_it_is_told(few: Dataset, tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"there is no training to resume .*train without --resume"):
        run(tmp_path, few, resume=True)
    for content in (b"", b"no checkpoint", b"PK\x03\x04 no checkpoint"):
        (tmp_path / "cnn.checkpoint").write_bytes(content)
        with pytest.raises(UsageError, match="damaged"):
            run(tmp_path, few, resume=True)


def test_networks_share_a_folder_and_its_cards(few: Dataset, tmp_path: pathlib.Path) -> None:
    run(tmp_path, few, "ann", epochs=1)
    run(tmp_path, few, "mlp", epochs=1)
    assert list(json.loads((tmp_path / CARDS).read_text())) == ["ann", "mlp"]
    (tmp_path / CARDS).write_text("no cards")
    with pytest.raises(UsageError, match=r"weights.json holds no cards"):
        run(tmp_path, few, "ann", epochs=1)


def test_training_leaves_pytorchs_random_numbers_and_threads_alone(
    few: Dataset, tmp_path: pathlib.Path
) -> None:
    import torch

    torch.manual_seed(7)
    threads, want = torch.get_num_threads(), torch.rand(1)
    torch.manual_seed(7)
    run(tmp_path, few, "ann", epochs=1)
    assert torch.rand(1) == want
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_what_is_not_allowed_is_told(few: Dataset, tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match="unknown network 'vgg': allowed are cnn"):
        run(tmp_path, few, "vgg")
    with pytest.raises(UsageError, match="epochs must be an integer of at least 1, got 0"):
        run(tmp_path, few, epochs=0)
    with pytest.raises(DataError, match="11 digits are too few to train on"):
        run(tmp_path, Dataset(few.digits[:11], few.labels[:11], "few", "train"))


def test_cuda_without_a_gpu_is_a_missing_part() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(MissingPartError, match="--device cpu"):
        choose_device("cuda")
    assert choose_device("auto") == choose_device("cpu") == "cpu"


def test_without_a_part_of_the_extra_it_is_named(
    few: Dataset, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(
        MissingPartError, match=r"training needs onnxscript: `pip install 'knn-digits\[train\]'`"
    ):
        run(tmp_path, few)


@pytest.mark.gpu
def test_a_gpu_learns_what_the_cpu_learns(few: Dataset, tmp_path: pathlib.Path) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA GPU and PyTorch's CUDA build")
    cpu, gpu = (run(tmp_path / device, few, device=device, epochs=3) for device in ("cpu", "cuda"))
    assert gpu.card["scores"]["validation"]["accuracy"] > cpu.card["scores"]["validation"]["accuracy"] - 0.1
    again = run(tmp_path / "again", few, device="cuda", epochs=3)
    assert again.path.read_bytes() == gpu.path.read_bytes()


def test_the_temperature_makes_the_truth_most_likely() -> None:
    chance = np.random.default_rng(0)
    logits = chance.normal(size=(5000, 10)).astype(np.float32)
    powers = np.exp(logits / 0.5)
    labels = np.array([chance.choice(10, p=row / row.sum()) for row in powers.astype(float)])
    assert fit_temperature(logits, labels) == pytest.approx(0.5, rel=0.05)
