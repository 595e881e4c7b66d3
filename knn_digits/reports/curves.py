"""Epochs of a training -> a line of text each, and a picture of the curves."""

import pathlib
from collections.abc import Sequence
from typing import Protocol

from knn_digits.storage import write_then_rename

TRAIN_COLOR, VALIDATION_COLOR = "#0072b2", "#d55e00"  # apart for color-blind readers, too


class Epoch(Protocol):
    """What one epoch came to; `training.loop.Epoch` says what each number is."""

    @property
    def epoch(self) -> int: ...  # noqa: D102
    @property
    def loss(self) -> float: ...  # noqa: D102
    @property
    def accuracy(self) -> float: ...  # noqa: D102
    @property
    def validation_loss(self) -> float: ...  # noqa: D102
    @property
    def validation_accuracy(self) -> float: ...  # noqa: D102


def epoch_text(epoch: Epoch) -> str:
    """Return an epoch as a line of text."""
    return (
        f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.2%}; "
        f"validation loss {epoch.validation_loss:.4f}, accuracy {epoch.validation_accuracy:.2%}"
    )


def write_curves(path: pathlib.Path, name: str, history: Sequence[Epoch]) -> None:
    """Write the curves of loss and accuracy as PNG, by write-then-rename."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    epochs = [one.epoch for one in history]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    style = {"marker": "o", "markersize": 4}
    left.plot(epochs, [one.loss for one in history], color=TRAIN_COLOR, label="training", **style)
    left.plot(
        epochs,
        [one.validation_loss for one in history],
        color=VALIDATION_COLOR,
        linestyle="--",
        label="validation",
        **style,
    )
    right.plot(epochs, [one.accuracy for one in history], color=TRAIN_COLOR, label="training", **style)
    right.plot(
        epochs,
        [one.validation_accuracy for one in history],
        color=VALIDATION_COLOR,
        linestyle="--",
        label="validation",
        **style,
    )
    right.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    for axes, title in ((left, "loss"), (right, "accuracy")):
        axes.set(title=f"{name}: {title}", xlabel="epoch", ylabel=title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    with write_then_rename(path) as file:
        figure.savefig(file, format="png", dpi=110)
