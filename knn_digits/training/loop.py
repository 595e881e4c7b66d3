"""Recipe + labelled digits -> trained weights, epoch by epoch; what is done survives an interruption."""

import contextlib
import copy
import io
import os
import pathlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from knn_digits.arrays import CLASSES, Digits, Labels, compared_by_content
from knn_digits.errors import MissingPartError, UsageError
from knn_digits.plain import plain
from knn_digits.storage import DAMAGE, open_file, read_bounded, write_then_rename
from knn_digits.training.recipes import Recipe

MAX_CHECKPOINT = 256 << 20  # bytes; ours have some millions
MOMENTUM = 0.9
SCORED = 1000  # digits that are scored at once where nothing is learned
TURN, SCALE, SHEAR, SHIFT = 12.0, 0.12, 0.15, 2.0  # degrees, share, share, pixels: the most that augments
Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch came to."""

    epoch: int  # from 1
    loss: float  # mean over the training digits as they were learned
    accuracy: float  # likewise, 0 to 1: before each step, with dropout
    validation_loss: float  # after the epoch, without dropout
    validation_accuracy: float


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Labelled digits, those to learn from and those held out."""

    digits: Digits
    labels: Labels
    held_digits: Digits
    held_labels: Labels


@dataclass(frozen=True, kw_only=True)
class Run:
    """How the training went."""

    history: tuple[Epoch, ...]
    best: Epoch  # the one whose weights are kept
    interrupted: bool


def choose_device(word: str) -> str:
    """Return "cpu" or "cuda" for auto, cpu or cuda; MissingPartError if CUDA is asked for and not there."""
    import torch

    there = torch.cuda.is_available()
    if word == "cuda" and not there:
        raise MissingPartError("PyTorch sees no CUDA GPU: train with --device cpu, or install its CUDA build")
    return "cuda" if there and word != "cpu" else "cpu"


@dataclass(kw_only=True, eq=False)
class Trainer:
    """One network on its way: the weights, the optimizer, and all that the next epoch depends on.

    Parameters
    ----------
    recipe : Recipe
        Its epochs are those in all, those before an interruption included.
    split : Split
    seed : int
    device : {"cpu", "cuda"}
        On CUDA, PyTorch takes memory of the GPU as it needs it.
    settings : dict
        What a checkpoint must agree with to be resumed.
    """

    recipe: Recipe
    split: Split
    seed: int
    device: str
    settings: dict[str, Any]

    def train(
        self,
        checkpoint: pathlib.Path,
        *,
        resume: bool = False,
        report: Callable[[Epoch], None] = lambda _: None,
        progress: Progress = iter,
    ) -> tuple[Any, Run]:
        """Train until all epochs are done or Ctrl-C comes, and return the network at its best epoch.

        The best epoch is that of the highest accuracy on the digits held out, of equal ones that of the
        lowest loss. After each epoch all that is needed to go on is in the checkpoint.

        Raises
        ------
        UsageError
            If there is nothing to resume, or it was begun with other settings.
        KeyboardInterrupt
            If it comes before the first epoch is done.
        """
        with _reproducible(self.device):
            import torch

            torch.manual_seed(self.seed)
            self._begin()
            if resume:
                self._resume(checkpoint)
            interrupted = False
            try:
                while len(self._history) < self.recipe.epochs:
                    self._epoch(progress)
                    _write(checkpoint, self._state())
                    report(self._history[-1])
            except KeyboardInterrupt:
                if not self._history:
                    raise
                interrupted = True
        self._model.load_state_dict(self._best)
        best = min(self._history, key=_rank)
        return self._model.cpu().eval(), Run(history=tuple(self._history), best=best, interrupted=interrupted)

    def _begin(self) -> None:
        import torch

        recipe = self.recipe
        self._model = recipe.build().to(self.device)
        self._optimizer = (
            torch.optim.Adam(self._model.parameters(), lr=recipe.learning_rate)
            if recipe.optimizer == "adam"
            else torch.optim.SGD(self._model.parameters(), lr=recipe.learning_rate, momentum=MOMENTUM)
        )
        self._history: list[Epoch] = []
        self._best: dict[str, Any] = {}
        self._digits, self._labels = self._to_device(self.split.digits, self.split.labels)
        self._held_digits, self._held_labels = self._to_device(self.split.held_digits, self.split.held_labels)

    def _to_device(self, digits: Digits, labels: Labels) -> tuple[Any, Any]:
        import torch

        return torch.tensor(digits, device=self.device), torch.tensor(labels, device=self.device)

    def _epoch(self, progress: Progress) -> None:
        """Learn from each digit once, then score those held out."""
        import torch

        self._model.train()
        order = torch.randperm(len(self._digits)).to(self.device)
        loss_sum, right = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        starts = range(0, len(order), self.recipe.batch)
        for step in progress(range(len(starts))):
            self._set_rate((len(self._history) + step / len(starts)) / self.recipe.epochs)
            rows = order[starts[step] : starts[step] + self.recipe.batch]
            logits = self._model(self._input(self._digits[rows], augment=self.recipe.augment))
            loss = self._loss(logits, self._labels[rows])
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            loss_sum += loss.detach() * len(rows)
            right += (logits.detach().argmax(1) == self._labels[rows]).sum()
        held_loss, held_accuracy = self._score()
        epoch = Epoch(
            epoch=len(self._history) + 1,
            loss=float(loss_sum) / len(order),
            accuracy=float(right) / len(order),
            validation_loss=held_loss,
            validation_accuracy=held_accuracy,
        )
        if not self._history or _rank(epoch) < _rank(min(self._history, key=_rank)):
            self._best = copy.deepcopy(self._model.state_dict())
        self._history.append(epoch)

    def _set_rate(self, done: float) -> None:
        if self.recipe.schedule == "cosine":
            rate = self.recipe.learning_rate * (1 + np.cos(np.pi * done)) / 2
            for group in self._optimizer.param_groups:
                group["lr"] = float(rate)

    def _input(self, digits: Any, *, augment: bool = False) -> Any:
        pixels = digits[:, None].float() / 255
        if augment:
            pixels = _augment(pixels)
        return (pixels - self.recipe.mean) / self.recipe.deviation

    def _loss(self, logits: Any, labels: Any) -> Any:
        from torch.nn import functional

        if self.recipe.loss == "cross-entropy":
            return functional.cross_entropy(logits, labels)
        off = logits - functional.one_hot(labels, CLASSES)
        return off.square().sum(1).mean()

    def _score(self) -> tuple[float, float]:
        """Return loss and accuracy on the digits held out."""
        import torch

        self._model.eval()
        n = len(self._held_digits)
        with torch.no_grad():
            logits = torch.cat(
                [
                    self._model(self._input(self._held_digits[start : start + SCORED]))
                    for start in range(0, n, SCORED)
                ]
            )
            loss = float(self._loss(logits, self._held_labels))
        return loss, float((logits.argmax(1) == self._held_labels).sum()) / n

    def _state(self) -> dict[str, Any]:
        import torch

        return {
            "settings": self.settings,
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "history": [asdict(epoch) for epoch in self._history],
            "best": self._best,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if self.device == "cuda" else None,
        }

    def _resume(self, checkpoint: pathlib.Path) -> None:
        """Go on from a checkpoint; UsageError if it is damaged, or of another training."""
        state = _read(checkpoint)
        theirs = state.get("settings")
        if not isinstance(theirs, dict):
            raise UsageError(_damaged(checkpoint))
        differing = [name for name in self.settings if theirs.get(name) != self.settings[name]]
        if differing:
            name = differing[0]
            raise UsageError(
                f"the training to resume has another {name}: {plain(str(theirs.get(name)))[:99]}, "
                f"not {self.settings[name]}"
            )
        try:
            self._restore(state)
        except (*DAMAGE, AttributeError, IndexError) as error:
            raise UsageError(_damaged(checkpoint)) from error

    def _restore(self, state: dict[str, Any]) -> None:
        import torch

        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._history = [_read_epoch(epoch, number) for number, epoch in enumerate(state["history"], 1)]
        self._best = state["best"]
        torch.set_rng_state(state["random"])
        if self.device == "cuda" and state["random_cuda"] is not None:
            torch.cuda.set_rng_state(state["random_cuda"])


def _read_epoch(epoch: dict[str, Any], number: int) -> Epoch:
    """Return an epoch that a checkpoint has; ValueError or TypeError if it is none."""
    found = Epoch(**epoch)
    numbers = (found.loss, found.accuracy, found.validation_loss, found.validation_accuracy)
    if found.epoch != number or not all(type(one) is float for one in numbers):
        raise ValueError("an epoch has numbers that do not fit")
    return found


def _rank(epoch: Epoch) -> tuple[float, float]:
    return -epoch.validation_accuracy, epoch.validation_loss


def _augment(pixels: Any) -> Any:
    """Return (n, 1, 28, 28) pixels, each turned, scaled, sheared and shifted by chance."""
    import torch
    from torch.nn import functional

    n = len(pixels)
    chance = torch.rand(6, n, device=pixels.device) * 2 - 1
    turn, shear = chance[0] * np.deg2rad(TURN), chance[1] * SHEAR
    wide, high = 1 + chance[2] * SCALE, 1 + chance[3] * SCALE
    shift = chance[4:] * SHIFT / (pixels.shape[-1] / 2)
    rows = torch.stack(
        [
            torch.stack([wide * torch.cos(turn), shear - torch.sin(turn), shift[0]], 1),
            torch.stack([torch.sin(turn), high * torch.cos(turn), shift[1]], 1),
        ],
        1,
    )
    grid = functional.affine_grid(rows, list(pixels.shape), align_corners=False)
    return functional.grid_sample(pixels, grid, align_corners=False)


@contextlib.contextmanager
def _reproducible(device: str) -> Iterator[None]:
    """Let the same seed give the same weights, and leave PyTorch's own random numbers as they were."""
    import torch

    before = torch.are_deterministic_algorithms_enabled()
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats its sums only with it
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []):
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def _write(path: pathlib.Path, state: dict[str, Any]) -> None:
    import torch

    with write_then_rename(path) as file:
        torch.save(state, file)


def _read(path: pathlib.Path) -> dict[str, Any]:
    import pickle

    import torch

    try:
        content = read_stored(path)
        return dict(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
    except OSError as error:
        raise UsageError(
            f"there is no training to resume ({plain(str(path))}: {error.strerror or error}); "
            "train without --resume"
        ) from error
    except (*DAMAGE, pickle.UnpicklingError) as error:
        raise UsageError(_damaged(path)) from error


def read_stored(path: pathlib.Path) -> bytes:
    """Return the bytes of a ZIP whose members are not packed: as PyTorch writes, so nothing in it can grow.

    Raises
    ------
    OSError
        If it cannot be read, or is longer than any checkpoint.
    ValueError, zipfile.BadZipFile
        If it is no such ZIP.
    """
    with open_file(path) as file:
        content = read_bounded(file, most=MAX_CHECKPOINT)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
    packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if packed or sum(member.file_size for member in members) > len(content):
        raise ValueError("its members are packed")
    return content


def _damaged(path: pathlib.Path) -> str:
    return f"the training to resume is damaged ({plain(str(path))}); train without --resume"
