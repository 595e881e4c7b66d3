"""The tables of docs/api.md: every kind of photo, model and data set, and what comes of it."""

import array
import fnmatch
import io
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import knn_digits
from knn_digits.datasets import Dataset
from knn_digits.datasets.labels import WORDS
from knn_digits.errors import KnnDigitsError

ROOT = pathlib.Path(__file__).parents[1]
ROW = re.compile(r"\| (?P<kind>[^|]*) \| `(?P<code>[^|]*)` \| (?P<answer>.*) \|")
pytestmark = pytest.mark.usefixtures("home")


def rows(table: str) -> list[Any]:
    """Return the code and the answer of each row below a header that has this call."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8").split(f"| `{table}` |")[1].split("\n\n")[0]
    found = [pytest.param(row["code"], row["answer"], id=row["code"]) for row in ROW.finditer(text)]
    assert len(found) > 5
    return found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.chdir(ROOT)
    path = pathlib.Path("samples/single.png")
    modules = {
        "array": array,
        "Image": Image,
        "io": io,
        "knn_digits": knn_digits,
        "np": np,
        "pathlib": pathlib,
    }
    with Image.open(path) as image:
        yield modules | {"path": path, "image": image, "pixels": np.asarray(image)}


def check(call: Callable[[], str], answer: str) -> None:
    """Hold what a call gives against an answer in which … stands for anything."""
    try:
        found = f"`{call()}`"
    except KnnDigitsError as error:
        found = f"`{type(error).__name__}`: {error}"
    assert fnmatch.fnmatchcase(found, answer.replace("[", "[[]").replace("…", "*")), found


@pytest.mark.parametrize(("code", "answer"), rows('read_photo(…, "bundled")'))
def test_every_kind_of_photo_is_answered_as_told(code: str, answer: str, names: dict[str, Any]) -> None:
    photo = eval(code, names)
    check(lambda: knn_digits.read_photo(photo, "bundled").text, answer)
    if isinstance(photo, io.BufferedReader):
        photo.close()


@pytest.mark.parametrize(("code", "answer"), rows("read_photo(path, …)"))
def test_every_kind_of_model_is_answered_as_told(code: str, answer: str, names: dict[str, Any]) -> None:
    check(lambda: knn_digits.read_photo(names["path"], eval(code, names)).text, answer)


@pytest.mark.parametrize(("code", "answer"), rows("load_dataset(…)"))
def test_every_kind_of_data_is_answered_as_told(
    code: str, answer: str, names: dict[str, Any], sample: Dataset, tmp_path: pathlib.Path
) -> None:
    def read() -> str:
        dataset = knn_digits.load_dataset(eval(code, names))
        return f"{len(dataset.digits)} digits, {dataset.split}"

    names |= {"folder": tmp_path, "X": sample.digits[:20], "y": sample.labels[:20]}
    write(tmp_path, names["X"], names["y"])
    check(read, answer)


def write(folder: pathlib.Path, x: Any, y: Any) -> None:
    """Write digits in the forms that the table names."""
    header = ",".join(f"pixel{at}" for at in range(784))
    flat = x.reshape(len(x), -1)
    np.savez(folder / "pair.npz", train_images=x, train_labels=y)
    np.savez(folder / "channel.npz", X=x[..., None], y=np.eye(10)[y])
    np.savez(folder / "words.npz", images=x, labels=np.array(WORDS)[y])
    for name, saved in (("x_train", x), ("y_train", y), ("alone", x)):
        np.save(folder / f"{name}.npy", saved)
    for name, table, first in (
        ("train", np.column_stack([y, flat]), f"label,{header}"),
        ("last", np.column_stack([flat, y]), ""),
        ("test", flat, header),
    ):
        np.savetxt(folder / f"{name}.csv", table, fmt="%d", delimiter=",", header=first, comments="")
    for digit, label in zip(x[:10], y, strict=False):
        (folder / "classes" / "training" / WORDS[label]).mkdir(parents=True)
        Image.fromarray(digit).save(folder / "classes" / "training" / WORDS[label] / "1.png")
