"""The same digits in each form in which data sets are passed round."""

import gzip
import io
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from knn_digits.datasets import labels, load_dataset, table
from knn_digits.errors import DataError, MissingPartError

from .idx_files import labels as names
from .idx_files import pictures

N = 20
X, Y = pictures(N), names(N)
FLAT = X.reshape(N, -1)
FIRST, LAST = np.column_stack([Y, FLAT]), np.column_stack([FLAT, Y])
HEADER = ["label", *(f"pixel{at}" for at in range(784))]


def text(rows: Any, header: list[str] | None = None, sign: str = ",") -> str:
    lines = [sign.join(map(str, row)) for row in rows]
    return "\n".join([sign.join(header or [])] * bool(header) + lines) + "\n"


def words() -> list[list[Any]]:
    return [[labels.WORDS[label], *row] for label, row in zip(Y, FLAT.tolist(), strict=True)]


TEXTS = {
    "Kaggle's train.csv": text(FIRST, HEADER),
    "label first, no header": text(FIRST),
    "label last, no header": text(LAST),
    "label last": text(LAST, [*HEADER[1:], "class"]),
    "numbered columns": text(FIRST, ["label", *map(str, range(784))]),
    "an index, as pandas writes it": text(np.column_stack([np.arange(N), FIRST]), ["", *HEADER]),
    "labels as words": text(words()),
    "labels as words below a header": text(words(), HEADER),
    "in quotes": text([[f'"{label}"', *row] for label, row in zip(Y, FLAT, strict=True)], HEADER),
    "semicolons": text(FIRST, HEADER, ";"),
    "tabs": text(FIRST, sign="\t"),
    "spaces": text(FIRST, sign=" "),
    "shares": text(np.column_stack([Y, FLAT / 255])),
    "a byte order mark and Windows' lines": "\ufeff" + text(FIRST, HEADER).replace("\n", "\r\n"),
}


def check(path: pathlib.Path, split: str = "all") -> None:
    dataset = load_dataset(path)
    assert (dataset.digits == X).all()
    assert (dataset.labels == Y).all()
    assert dataset.split == split


def fault(path: pathlib.Path) -> str:
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", TEXTS)
def test_rows_of_a_label_and_pixels_are_read(tmp_path: pathlib.Path, form: str) -> None:
    content = TEXTS[form].encode()
    (tmp_path / "train.csv").write_bytes(content)
    check(tmp_path / "train.csv")


def test_text_may_be_gzipped_and_ends_early_in_one_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(text(FIRST).encode()))
    check(path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "is no text, or its end is missing; get the file again" in fault(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; get the file again"),
        (text(FIRST[:, 1:], HEADER[1:]), "has 0 columns of labels; call one of its columns label"),
        (text(FIRST, ["label", "y", *HEADER[2:]]), "has 2 columns of labels"),
        (
            text(FIRST[:, :-1], HEADER[:-1]),
            "has 783 columns beside the labels, which are no square of pixels",
        ),
        (text(FIRST[:, 1:]), "neither of its first and last column may be labels; give it a header"),
        (text(np.column_stack([Y, FLAT[:, 1:], Y])), "both of its first and last column may be labels"),
        (text(FIRST, HEADER) + "1,2,3\n", "is no table of labels and pixels"),
        (
            text([["1", *["x"] * 784]], HEADER),
            "is no table of labels and pixels (could not convert string 'x' to float64); correct it",
        ),
        (text([["10", *FLAT[0]]], HEADER), "labels must be 0..9, got 10"),
        (text(FIRST, HEADER) + "1" * table._LINE, "has a line of over"),
        ("\0\xff\n", "columns"),
    ],
)
def test_other_text_is_refused_in_one_line(tmp_path: pathlib.Path, content: str, message: str) -> None:
    (tmp_path / "train.csv").write_text(content, encoding="utf-8")
    assert message in fault(tmp_path / "train.csv")


def test_bytes_that_are_no_text_are_told(tmp_path: pathlib.Path) -> None:
    for content in (b"\xff\xfe\0\xd8", text(FIRST, HEADER).encode("utf-16")):
        (tmp_path / "train.csv").write_bytes(content)
        assert "is no text in UTF-8: save it as that" in fault(tmp_path / "train.csv")


@pytest.mark.parametrize("rows", [FIRST, LAST, FIRST.astype(np.float32)])
def test_an_npy_file_may_hold_rows(tmp_path: pathlib.Path, rows: NDArray[Any]) -> None:
    np.save(tmp_path / "mnist.npy", rows)
    check(tmp_path / "mnist.npy")


@pytest.mark.parametrize(
    ("images", "named"), [("x_train", "y_train"), ("X_test", "y_test"), ("train_images", "train_labels")]
)
def test_an_npy_file_takes_its_labels_from_beside_it(tmp_path: pathlib.Path, images: str, named: str) -> None:
    np.save(tmp_path / f"{images}.npy", X)
    assert f"put {named}.npy beside it" in fault(tmp_path / f"{images}.npy")
    np.save(tmp_path / f"{named}.npy", Y)
    check(tmp_path / f"{images}.npy")


def test_a_lone_npy_file_is_told_the_remedy(tmp_path: pathlib.Path) -> None:
    np.save(tmp_path / "mine.npy", X)
    assert "save both in one .npz file, as X and y" in fault(tmp_path / "mine.npy")
    (tmp_path / "mine.npy").write_bytes(b"no array")
    assert "is damaged" in fault(tmp_path / "mine.npy")


@pytest.mark.parametrize(
    ("images", "named"),
    [
        ("train_images", "train_labels"),
        ("X_train", "y_train"),
        ("train_x", "train_y"),
        ("train_X", "train_y"),
    ],
)
def test_parts_are_read_under_their_usual_keys(tmp_path: pathlib.Path, images: str, named: str) -> None:
    arrays: dict[str, Any] = {images: X, named: Y}
    np.savez(tmp_path / "set.npz", **arrays)
    check(tmp_path / "set.npz", "train")


@pytest.mark.parametrize("form", [lambda x: x[..., None], lambda x: x[:, None], lambda x: x.reshape(N, -1)])
def test_one_channel_is_none(tmp_path: pathlib.Path, form: Callable[[Any], Any]) -> None:
    np.savez(tmp_path / "set.npz", X=form(X), y=Y)
    check(tmp_path / "set.npz")


@pytest.mark.parametrize(
    "form",
    [
        lambda y: np.eye(10)[y],
        lambda y: np.eye(10, dtype=bool)[y],
        lambda y: y.astype(str),
        lambda y: y.astype("S"),
        lambda y: np.array(labels.WORDS)[y][:, None],
        lambda y: y.astype(float),
    ],
)
def test_labels_of_any_usual_kind_are_read(tmp_path: pathlib.Path, form: Callable[[Any], Any]) -> None:
    np.savez(tmp_path / "set.npz", X=X, y=form(Y))
    check(tmp_path / "set.npz")


def test_class_folders_may_be_named_in_words(tmp_path: pathlib.Path) -> None:
    for at, label in enumerate(Y[:10]):
        folder = tmp_path / "training" / labels.WORDS[label].title()
        folder.mkdir(parents=True)
        Image.fromarray(X[at]).save(folder / "a.png")
    dataset = load_dataset(tmp_path)
    assert dataset.labels.tolist() == list(range(10))
    assert (dataset.digits == X[:10]).all()
    (tmp_path / "training" / "3").mkdir()
    assert "two names for one class; move one away" in fault(tmp_path)


def as_file(digit: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(digit).save(stream, "png")
    return stream.getvalue()


@pytest.mark.parametrize(
    "columns",
    [
        {"label": Y, **{f"pixel{at}": FLAT[:, at] for at in range(784)}},
        {"class": Y.astype(str), **{f"pixel{at}": FLAT[:, at] for at in range(784)}},
        {"image": [{"bytes": as_file(digit), "path": None} for digit in X], "label": Y},
        {"image": [as_file(digit) for digit in X], "label": Y},
        {"image": list(FLAT), "label": Y},
        {"image": X.tolist(), "label": Y},
    ],
    ids=["columns", "texts", "Hugging Face's", "files", "pixels", "rows"],
)
def test_parquet_is_read(tmp_path: pathlib.Path, columns: dict[str, Any]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    import pyarrow

    parquet.write_table(pyarrow.table(columns), tmp_path / "train.parquet")
    check(tmp_path / "train.parquet")


def test_parquet_that_cannot_be_meant_is_told(tmp_path: pathlib.Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    import pyarrow

    path = tmp_path / "train.parquet"
    path.write_bytes(b"PAR1 and no more")
    assert "is no Parquet file, or damaged; get it again" in fault(path)
    for columns, message in (
        ({"image": [b"no picture"], "label": [1]}, "has pictures that cannot be read, or of several sizes"),
        ({"image": [[1.0], [1.0, 2.0]], "label": [1, 2]}, "of several sizes"),
        ({"image": [[1.0]]}, "has 0 columns of labels"),
    ):
        parquet.write_table(pyarrow.table(columns), path)
        assert message in fault(path)


def test_parquet_without_what_reads_it_tells_the_remedy(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingPartError, match=r"needs pyarrow; run `pip install 'knn-digits\[parquet\]'`"):
        load_dataset(tmp_path / "train.parquet")
