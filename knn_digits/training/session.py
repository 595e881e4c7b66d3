"""Name + labelled digits -> a folder with the ONNX file, its card and the curves."""

import contextlib
import datetime
import hashlib
import importlib.util
import json
import pathlib
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import __version__
from knn_digits.arrays import Digits, Labels, compared_by_content
from knn_digits.classifiers.network import CARDS, MAX_CARDS, NetworkClassifier, measure_reach, soften
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.plain import plain
from knn_digits.storage import (
    DAMAGE,
    data_folder,
    open_file,
    read_bounded,
    refuse_constant,
    write_then_rename,
)
from knn_digits.threads import hold_threads
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


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
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
            f"training needs {', '.join(missing)}: `pip install 'knn-digits[train]'` brings what is missing"
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
    trainer, path = _trainer(name, dataset, options), options.folder / f"{name}.onnx"
    cards = _cards(path.with_name(CARDS))
    with _torch_threads(options.threads) as threads:
        model, run = trainer.train(
            path.with_suffix(".checkpoint"), resume=options.resume, report=report, progress=progress
        )
    about = {
        "network": name,
        "command": _command(name, dataset, options),
        "seed": options.seed,
        "device": trainer.device,
        "threads": threads,
        "recipe": _describe(trainer.recipe),
        "epochs": {"done": len(run.history), "best": run.best.epoch},
        "data": {"name": f"{dataset.name}/{dataset.split}", "sha256": dataset.sha256},
    }
    card, content = _finish(model, about=about, parts=_parts(trainer.split, test))
    _keep(path, content, cards={**cards, name: card}, history=run.history)
    return Trained(path=path, card=card, history=run.history, interrupted=run.interrupted)


def _trainer(name: str, dataset: Dataset, options: TrainOptions) -> Trainer:
    """Return what trains the network of this recipe, with what must be the same to resume it."""
    recipe, split, device = find_recipe(name), _hold_out(dataset), choose_device(options.device)
    if options.epochs is not None:
        recipe = replace(recipe, epochs=options.epochs)
    settings: dict[str, Any] = {"network": name, "seed": options.seed, "data": dataset.sha256}
    if recipe.schedule != "constant":
        settings["epochs"] = recipe.epochs  # every step depends on it
    return Trainer(recipe=recipe, split=split, seed=options.seed, device=device, settings=settings)


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
        torch.set_num_threads(hold_threads(threads))
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
        with open_file(path) as file:
            content = read_bounded(file, most=MAX_CARDS)
        return dict(json.loads(content.decode(), parse_constant=refuse_constant))
    except FileNotFoundError:
        return {}
    except (*DAMAGE, OSError) as error:
        name = plain(str(path))
        raise UsageError(f"{name} holds no cards of networks: choose another --output") from error


def _json(found: dict[str, Any]) -> bytes:
    return (json.dumps(found, indent=1, allow_nan=False) + "\n").encode()


def _curve_point(epoch: Epoch) -> dict[str, float | None]:
    """Return an epoch as JSON has it: null for the numbers of a training that went astray."""
    return {name: value if np.isfinite(value) else None for name, value in asdict(epoch).items()}


def _keep(path: pathlib.Path, content: bytes, *, cards: dict[str, Any], history: Sequence[Epoch]) -> None:
    """Write a network, its curves and the cards of all networks of its folder."""
    _write(path, content)
    curves = {"history": [_curve_point(one) for one in history]}
    _write(path.with_name(f"{path.stem}-curves.json"), _json(curves))
    _write(path.with_name(CARDS), _json(cards))


def _write(path: pathlib.Path, content: bytes) -> None:
    with write_then_rename(path) as file:
        file.write(content)
