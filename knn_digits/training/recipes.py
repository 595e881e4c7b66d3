"""Name -> layers, loss and optimizer: what each tutorial trains, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knn_digits.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is built and trained."""

    build: Callable[[], Any]  # -> torch.nn.Sequential, (n, 1, 28, 28) float32 -> (n, 10) logits
    epochs: int
    batch: int  # digits a step
    learning_rate: float
    optimizer: str = "adam"  # or "sgd", with momentum 0.9
    loss: str = "cross-entropy"  # or "squared": the squared distance to the one-hot label, mean over digits
    mean: float = 0.0  # of pixels / 255, taken off the input
    deviation: float = 1.0  # by which the input is divided after that
    augment: bool = False  # turn, scale, shear and shift each digit anew each time
    schedule: str = "constant"  # or "cosine": the learning rate falls to 0 over the epochs

    def __post_init__(self) -> None:
        """Check the number of epochs, which the user may choose."""
        if type(self.epochs) is not int or self.epochs < 1:
            raise UsageError(f"epochs must be an integer of at least 1, got {self.epochs!r}")


def _cnn() -> Any:
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10)),
    )


def _lenet5() -> Any:
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Dropout(0.5), nn.Linear(1024, 10)),
    )


def _dense(*widths: int) -> Any:
    from torch import nn

    layers: list[Any] = [nn.Flatten()]
    for before, after in zip((784, *widths), widths, strict=False):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 10))


# What a tutorial leaves open is the default of its framework for `cnn`. `lenet5` has the batch and learning
# rate with which this network was first taught.
RECIPES = {
    "cnn": Recipe(build=_cnn, epochs=10, batch=32, learning_rate=1e-3),
    "cnn-plus": Recipe(build=_cnn, epochs=20, batch=128, learning_rate=3e-3, augment=True, schedule="cosine"),
    "lenet5": Recipe(build=_lenet5, epochs=10, batch=50, learning_rate=1e-4),
    "ann": Recipe(build=lambda: _dense(256, 128, 64, 32), epochs=5, batch=128, learning_rate=1e-2),
    "mlp": Recipe(
        build=lambda: _dense(256, 64),
        epochs=3,
        batch=64,
        learning_rate=1e-2,
        optimizer="sgd",
        loss="squared",
        mean=0.1307,
        deviation=0.3081,
    ),
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of this name; UsageError for another word."""
    if name not in RECIPES:
        raise UsageError(f"unknown network {name!r}: allowed are {', '.join(RECIPES)}")
    return RECIPES[name]
