import pathlib
from typing import Any

import numpy as np
import pytest

from knn_digits.classifiers.network import NETWORKS, WEIGHTS, NetworkClassifier
from knn_digits.datasets import Dataset
from knn_digits.training.recipes import RECIPES, find_recipe
from tests.classifiers.make_golden import GOLDEN

CLOSE = 1e-4  # between the outputs of ONNX and of PyTorch


def pytorch(name: str, path: pathlib.Path) -> Any:
    """Return the recipe's network in PyTorch, with the weights of the ONNX file."""
    import onnx
    import torch
    from onnx import numpy_helper

    model = find_recipe(name).build()
    stored = {weight.name: numpy_helper.to_array(weight) for weight in onnx.load(path).graph.initializer}
    weights = {key: stored[f"{key}.half"] for key in model.state_dict()}
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float16)}
    model.load_state_dict({key: torch.tensor(array).float() for key, array in weights.items()})
    return model.eval()


def outputs(name: str, model: Any, digits: Any) -> Any:
    import torch

    recipe = find_recipe(name)
    pixels = (torch.tensor(digits)[:, None].float() / 255 - recipe.mean) / recipe.deviation
    with torch.no_grad():
        return model(pixels).numpy()


@pytest.mark.parametrize("name", NETWORKS)
def test_opencv_and_pytorch_give_the_same_outputs_for_a_bundled_network(name: str, sample: Dataset) -> None:
    network, model = NetworkClassifier.load(name), pytorch(name, WEIGHTS / f"{name}.onnx")
    with np.load(GOLDEN) as golden:
        stored = golden["digits"]
    for digits in (stored, sample.digits[:600]):
        assert np.abs(network.logits(digits) - outputs(name, model, digits)).max() < CLOSE


@pytest.mark.parametrize("name", RECIPES)
def test_opencv_and_pytorch_give_the_same_outputs_for_what_is_exported(
    name: str, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    import torch

    from knn_digits.training.export import round_to_half, to_onnx

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = find_recipe(name).build().eval()
    round_to_half(model)
    content = to_onnx(model)
    assert content == to_onnx(model)
    recipe = find_recipe(name)
    card = {"input": {"mean": recipe.mean, "deviation": recipe.deviation}}
    digits = sample.digits[:50]
    found = NetworkClassifier(content, card).logits(digits)
    assert np.abs(found - outputs(name, model, digits)).max() < CLOSE


def test_an_exported_network_tells_nothing_of_where_it_was_made(tmp_path: pathlib.Path) -> None:
    content = b"".join((WEIGHTS / f"{name}.onnx").read_bytes() for name in NETWORKS)
    for word in (b"/home", b"/tmp", b".py", b"site-packages"):
        assert word not in content


@pytest.mark.parametrize(
    ("name", "parameters"), [("cnn", 121_930), ("lenet5", 3_274_634), ("ann", 244_522), ("mlp", 218_058)]
)
def test_each_network_has_the_layers_of_its_tutorial(name: str, parameters: int) -> None:
    assert sum(weight.numel() for weight in find_recipe(name).build().parameters()) == parameters
