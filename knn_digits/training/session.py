"""Name + labelled digits -> a folder with the ONNX file, its card and the curves."""

import contextlib
import datetime
import hashlib
import importlib.util
import json
import pathlib
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import __version__
from knn_digits.arrays import Digits, Labels
from knn_digits.classifiers.network import CARDS, NetworkClassifier, measure_reach, soften
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.storage import data_folder, write_then_rename
from knn_digits.training.loop import Epoch, Progress, Split, Trainer, choose_device
from knn_digits.training.recipes import Recipe, find_recipe

PARTS = ("torch", "onnx", "onnxscript", "matplotlib")  # what the extra `train` brings
VALIDATION_SHARE = 12  # one in so many training digits is held out: of MNIST's 60,000 the last 5,000
TEMPERATURES = np.geomspace(0.01, 10, 601)


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What may differ from one training of a network to the next."""

    folder: pathlib.Path  # gets NAME.onnx, NAME-curves.json, NAME.checkpoint and, in weights.json, the card
    epochs: int | None = None  # the recipe's
    seed: int = 1
    device: str = "auto"  # or "cpu", "cuda"
    threads: int | None = None  # as many as PyTorch takes by itself
    resume: bool = False  # go on where the last training in this folder was interrupted


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A network that was trained, and where it is."""

    path: pathlib.Path  # the ONNX file
    card: dict[str, Any]
    history: tuple[Epoch, ...]
    interrupted: bool


def networks_folder() -> pathlib.Path:
    """Return where `train` puts what it makes."""
    return data_folder() / "networks"


def check_parts() -> None:
    """Raise MissingPartError if what the extra `train` brings is not there."""
    missing = [name for name in PARTS if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPartError(
            f"training needs {', '.join(missing)}: `pip install 'knn-digits[train]'` brings it"
        )


def train(
    name: str,
    dataset: Dataset,
    *,
    options: TrainOptions,
    test: Dataset | None = None,
    report: Callable[[Epoch], None] = lambda _: None,
    progress: Progress = iter,
) -> Trained:
    """Train a network and put it, its card and its curves into a folder.

    Parameters
    ----------
    name : str
        Of a recipe.
    dataset : Dataset
        The last twelfth of it is held out to choose the best epoch and to set the scale of probabilities
        and strangeness.
    options : TrainOptions
    test : Dataset, optional
        Scored at the end, for the card.
    report : callable
        Is told each epoch when it is done.
    progress : callable
        Wraps the iterable of steps of an epoch, as `tqdm` does.

    Returns
    -------
    Trained
        After Ctrl-C, the best of the epochs that were done.

    Raises
    ------
    DataError
        If there are too few digits to hold some out.
    MissingPartError
        If the extra `train` is not installed, or there is no GPU where one is asked for.
    UsageError
        If the name or an option is not allowed, or there is nothing to resume.
    StorageError
        If the folder cannot be written.
    """
    check_parts()
    recipe, split, device = find_recipe(name), _hold_out(dataset), choose_device(options.device)
    if options.epochs is not None:
        recipe = replace(recipe, epochs=options.epochs)
    path, cards = options.folder / f"{name}.onnx", _cards(options.folder / CARDS)
    settings: dict[str, Any] = {"network": name, "seed": options.seed, "data": dataset.sha256}
    if recipe.schedule != "constant":
        settings["epochs"] = recipe.epochs  # every step depends on it
    trainer = Trainer(recipe=recipe, split=split, seed=options.seed, device=device, settings=settings)
    with _torch_threads(options.threads) as threads:
        model, run = trainer.train(
            path.with_suffix(".checkpoint"), resume=options.resume, report=report, progress=progress
        )
    about = {
        "network": name,
        "command": _command(name, dataset, options),
        "seed": options.seed,
        "device": device,
        "threads": threads,
        "recipe": _describe(recipe),
        "epochs": {"done": len(run.history), "best": run.best.epoch},
        "data": {"name": f"{dataset.name}/{dataset.split}", "sha256": dataset.sha256},
    }
    card, content = _finish(model, about=about, parts=_parts(split, test))
    _write(path, content)
    _write(path.with_name(f"{name}-curves.json"), _json({"history": [asdict(one) for one in run.history]}))
    _write(options.folder / CARDS, _json({**cards, name: card}))
    return Trained(path=path, card=card, history=run.history, interrupted=run.interrupted)


def _hold_out(dataset: Dataset) -> Split:
    held = len(dataset.digits) // VALIDATION_SHARE
    if not held:
        raise DataError(
            f"{len(dataset.digits)} digits are too few to train on: at least {VALIDATION_SHARE} are needed"
        )
    return Split(
        digits=dataset.digits[:-held],
        labels=dataset.labels[:-held],
        held_digits=dataset.digits[-held:],
        held_labels=dataset.labels[-held:],
    )


@contextlib.contextmanager
def _torch_threads(threads: int | None) -> Iterator[int]:
    """Let PyTorch use so many threads, and tell how many these are."""
    import torch

    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def _command(name: str, dataset: Dataset, options: TrainOptions) -> str:
    """Return the command that trains this network again."""
    words = ["knn-digits", "train", name, "--data", dataset.name, "--seed", str(options.seed)]
    for option in ("epochs", "threads"):
        if (value := getattr(options, option)) is not None:
            words += [f"--{option}", str(value)]
    return " ".join(words)


def _describe(recipe: Recipe) -> dict[str, Any]:
    return {field: value for field, value in vars(recipe).items() if field != "build"}


def _parts(split: Split, test: Dataset | None) -> dict[str, tuple[Digits, Labels]]:
    parts = {"train": (split.digits, split.labels), "validation": (split.held_digits, split.held_labels)}
    return parts if test is None else {**parts, "test": (test.digits, test.labels)}


def _finish(
    model: Any, *, about: dict[str, Any], parts: dict[str, tuple[Digits, Labels]]
) -> tuple[dict[str, Any], bytes]:
    """Return the card and the ONNX file, measured as it is stored and as OpenCV runs it."""
    import onnx
    import torch

    from knn_digits.training.export import round_to_half, to_onnx

    round_to_half(model)
    content = to_onnx(model)
    recipe = about["recipe"]
    card = {
        **about,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "input": {"scale": "pixels / 255", "mean": recipe["mean"], "deviation": recipe["deviation"]},
        "versions": {
            "knn-digits": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "onnx": onnx.__version__,
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }
    network = NetworkClassifier(content, card)
    logits = {part: network.logits(digits) for part, (digits, _) in parts.items()}
    scores = {part: _score(logits[part], labels) for part, (_, labels) in parts.items()}
    held, labels = logits["validation"], parts["validation"][1]
    usual, reach = measure_reach(held, labels)
    return card | {
        "scores": scores,
        "temperature": fit_temperature(held, labels),
        "usual": usual.tolist(),
        "reach": reach.tolist(),
    }, content


def _score(logits: NDArray[np.float32], labels: Labels) -> dict[str, Any]:
    errors = int((logits.argmax(axis=1) != labels).sum())
    return {"digits": len(labels), "errors": errors, "accuracy": 1 - errors / len(labels)}


def fit_temperature(logits: NDArray[np.float32], labels: Labels) -> float:
    """Return the temperature at which the softmax gives the true labels the highest likelihood.

    References
    ----------
    C. Guo et al. (2017), On calibration of modern neural networks. Ours searches a fixed row of values.
    """
    rows = np.arange(len(labels))
    tiny = np.finfo(np.float32).tiny
    losses = [-np.log(soften(logits, t)[rows, labels] + tiny).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def _cards(path: pathlib.Path) -> dict[str, Any]:
    """Return the cards that are in the folder already."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(f"{path} holds no cards of networks: choose another --output") from error


def _json(found: dict[str, Any]) -> bytes:
    return (json.dumps(found, indent=1) + "\n").encode()


def _write(path: pathlib.Path, content: bytes) -> None:
    with write_then_rename(path) as file:
        file.write(content)
