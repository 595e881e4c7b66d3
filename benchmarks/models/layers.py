"""A layer of digits -> the file that the package has of it."""

import pathlib
import zipfile
from dataclasses import fields

import numpy as np

from knn_digits.datasets.hands import Hands
from knn_digits.datasets.printed import Printed
from knn_digits.storage import write_then_rename


def write_layer(path: pathlib.Path, layer: Hands | Printed) -> None:
    """Write the file, without dates in it: the same choice gives the same bytes."""
    arrays = {field.name: getattr(layer, field.name) for field in fields(layer)}
    arrays["labels"] = layer.labels.astype(np.uint8)
    with write_then_rename(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
