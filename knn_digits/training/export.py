"""PyTorch network -> ONNX file with weights in half precision, which OpenCV runs in full."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from knn_digits.arrays import SIDE

OPSET = 18


def round_to_half(model: Any) -> None:
    """Round every weight to half precision, in place, so that what is scored is what is stored."""
    import torch

    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half().float())


def to_onnx(model: Any) -> bytes:
    """Return the network as ONNX, input `digits` (n, 1, 28, 28), output `logits` (n, 10), both float32.

    Weights are stored in half precision, each followed by a cast. The same network gives the same bytes.
    """
    import torch

    with _quiet():
        program: Any = torch.onnx.export(
            model,
            (torch.zeros(2, 1, SIDE, SIDE),),
            input_names=["digits"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return _pack(program.model_proto.graph)


def _pack(graph: Any) -> bytes:
    """Return a model of this graph, with weights in half precision and without notes on how it was traced."""
    import onnx
    from onnx import helper, numpy_helper

    weights, casts = [], []
    for weight in graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype == np.float32:
            half = f"{weight.name}.half"
            casts.append(helper.make_node("Cast", [half], [weight.name], to=onnx.TensorProto.FLOAT))
            weights.append(numpy_helper.from_array(array.astype(np.float16), half))
        else:
            weights.append(numpy_helper.from_array(array, weight.name))
    nodes = [
        helper.make_node(node.op_type, node.input, node.output, domain=node.domain) for node in graph.node
    ]
    for node, traced in zip(nodes, graph.node, strict=True):
        node.attribute.extend(traced.attribute)
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", *shape])
        for name, shape in (("digits", [1, SIDE, SIDE]), ("logits", [10]))
    ]
    whole = helper.make_graph([*casts, *nodes], "network", ends[:1], ends[1:], initializer=weights)
    model = helper.make_model(
        whole, producer_name="knn-digits", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep PyTorch's exporter from talking of packages that are not needed."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
