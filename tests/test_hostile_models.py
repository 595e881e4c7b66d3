"""A stranger's model: every command takes it or refuses it in one line, and it takes memory in proportion."""

import copy
import io
import json
import math
import os
import pathlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from knn_digits.archive import MAX_HEADER
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import Addition, keep, load_learned
from knn_digits.classifiers.load import BUNDLED
from knn_digits.classifiers.model_file import read_model
from knn_digits.classifiers.options import BEST, KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.errors import MissingPartError, ModelError
from knn_digits.features import make_feature
from knn_digits.reports.scores import model_text
from tests.models import Arrays, forge, load_arrays, load_model, rewrite, write_members

HOSTILE: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    10**9,
    10**30,
    10**400,
    0.5,
    -0.5,
    1e-300,
    3e38,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "1",
    "faiss",
    "\x1b[2J\n\x07",
    "\udcff\x7f",
    "blocks+" * 50,
    [],
    [1] * 10,
    ["1"] * 10,
    [-1.0] * 10,
    {},
    {"name": "blocks"},
    {"": []},
]
ARRAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "larger than float32 squared": lambda a: np.full(a.shape, 3e38, np.float32),
    "NaN": lambda a: np.full(a.shape, np.nan, np.float32),
    "infinite": lambda a: np.full(a.shape, np.inf, np.float32),
    "negative": lambda a: np.full(a.shape, -7, np.int16),
    "255": lambda a: np.full(a.shape, 255, np.uint8),
    "wider": lambda a: np.repeat(a, 2, axis=-1),
    "shorter": lambda a: a[1:],
    "none": lambda a: a[:0],
    "flat": lambda a: a.reshape(-1),
    "of doubles": lambda a: a.astype(np.float64),
    "of half numbers": lambda a: a.astype(np.float16),
    "of long integers": lambda a: a.astype(np.uint64),
    "of truths": lambda a: a.astype(bool),
    "complex": lambda a: a.astype(complex),
    "text": lambda a: a.astype("U3"),
    "of the other byte order": lambda a: a.astype(">f4"),
    "by columns": np.asfortranarray,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, sample: Dataset) -> list[pathlib.Path]:
    """A textbook's model and one with all that a header can hold."""
    folder = tmp_path_factory.mktemp("models")
    paths = []
    for name, options in (("blocks", KnnOptions(k=3)), ("hog", BEST)):
        model = DigitKNN.fit(
            sample.digits[:120], sample.labels[:120], feature=make_feature(name), options=options
        )
        model.validate()
        model.save(folder / f"{name}.npz")
        paths.append(folder / f"{name}.npz")
    return paths


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each field of a header."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for key, inner in items:
        yield (key,)
        if isinstance(inner, (dict, list)):
            yield from ((key, *rest) for rest in places(inner))


def put(header: dict[str, Any], place: tuple[Any, ...], value: Any) -> None:
    inner: Any = header
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value


def agree(path: pathlib.Path, digits: np.ndarray) -> bool:
    """Tell whether a model is taken, and check that all who open it do the same, and finitely."""
    try:
        stored = read_model(path)
    except (ModelError, MissingPartError) as error:
        with pytest.raises(type(error)) as caught:
            DigitKNN.load(path)
        text = str(caught.value)
        assert str(path) in text
        assert text.isprintable()
        assert len(text) < 600
        return False
    votes = DigitKNN.load(path).classify(digits)
    for numbers in (votes.probabilities, votes.strangeness, votes.doubt, votes.distances):
        assert np.isfinite(numbers).all()
    json.dumps(stored.header_as_dict(), allow_nan=False)
    assert model_text("m.npz", stored.header).replace("\n", "").isprintable()
    return True


def test_each_field_of_a_header_with_each_hostile_value_is_taken_by_all_or_refused_by_all(
    models: list[pathlib.Path], sample: Dataset, tmp_path: pathlib.Path
) -> None:
    rng, digits = np.random.default_rng(0), np.concatenate([sample.digits[200:203], sample.digits[:1] * 0])
    taken = refused = 0
    for path in models:
        whole, arrays = load_model(path)
        for place in places({name: value for name, value in whole.items() if name != "sha256"}):
            for number in rng.choice(len(HOSTILE), 6, replace=False):
                header = copy.deepcopy(whole)
                put(header, place, HOSTILE[number])
                if agree(forge(tmp_path / "m.npz", header, arrays), digits):
                    taken += 1
                else:
                    refused += 1
    assert taken > 5
    assert refused > 300


def test_each_field_of_a_header_that_is_missing_is_passed_over_by_all_or_named_by_all(
    models: list[pathlib.Path], sample: Dataset, tmp_path: pathlib.Path
) -> None:
    for path in models:
        whole, arrays = load_model(path)
        for place in places({name: value for name, value in whole.items() if name != "sha256"}):
            if isinstance(place[-1], int):
                continue
            header = copy.deepcopy(whole)
            inner: Any = header
            for key in place[:-1]:
                inner = inner[key]
            del inner[place[-1]]
            agree(forge(tmp_path / "m.npz", header, arrays), sample.digits[:2])


@pytest.mark.parametrize("change", ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_fit_writes_otherwise_are_taken_by_all_or_refused_by_all(
    models: list[pathlib.Path],
    sample: Dataset,
    tmp_path: pathlib.Path,
    change: Callable[[np.ndarray], np.ndarray],
) -> None:
    for path in models:
        header, arrays = load_model(path)
        for name in arrays:
            forge(tmp_path / "m.npz", header, {**arrays, name: change(arrays[name])})
            agree(tmp_path / "m.npz", sample.digits[:2])


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("versions",), None, "versions must be an object"),
        (("validation", "refusal", "limit"), 10**400, "validation.refusal.limit must be a number"),
        (("validation", "reach"), ["1"] * 10, "validation.reach must be ten numbers above 0"),
        (("validation", "reach"), [-1] * 10, "validation.reach must be ten numbers above 0"),
        (("options", "power"), 10**400, "options.power must be a number"),
        (("options", "k"), 121, "options.k must be at most 120"),
        (("options", "device"), "cuda", "options.device must be one of auto"),
        (("date",), "\x1b]0;title\x07\nmodel       /another", "date must be of the form"),
        (("data", "digits"), True, "data.digits must be a whole number"),
        (("data", "per_label"), [12] * 9 + [13], "data.per_label must be the numbers of its labels"),
    ],
)
def test_the_field_that_does_not_fit_is_named(
    models: list[pathlib.Path], tmp_path: pathlib.Path, place: tuple[str, ...], value: Any, named: str
) -> None:
    path = rewrite(models[0], lambda header, _: put(header, place, value), tmp_path / "m.npz")
    with pytest.raises(ModelError, match="is damaged") as caught:
        DigitKNN.load(path)
    assert str(caught.value).startswith(f"the model {path} is damaged ({named}")
    assert str(caught.value).endswith("; fit it again")


def test_bytes_changed_anywhere_are_noticed_by_all_or_by_none(
    models: list[pathlib.Path], sample: Dataset, tmp_path: pathlib.Path
) -> None:
    rng = np.random.default_rng(1)
    content, path = models[0].read_bytes(), tmp_path / "m.npz"
    for _ in range(150):
        changed = bytearray(content)
        for place in rng.integers(0, len(content), rng.integers(1, 5)):
            changed[place] = rng.integers(256)
        path.write_bytes(changed[: rng.integers(1, len(content) + 1)] if rng.random() < 0.2 else changed)
        agree(path, sample.digits[:1])


def test_a_header_longer_than_its_bound_is_refused_whatever_is_in_it(
    models: list[pathlib.Path], tmp_path: pathlib.Path
) -> None:
    header, arrays = load_model(models[0])
    whole = json.dumps(header | {"x": ""})
    for text in (
        whole.replace('"x": ""', f'"x": "{"a" * MAX_HEADER}"'),
        whole.replace('"x": ""', f'"x": {"[" * 100_000}'),
        whole.replace('"x": ""', f'"x": {"9" * 5000}'),
        whole.replace('"x": ""', '"x": NaN'),
    ):
        with pytest.raises(ModelError, match=r"no readable header\.json"):
            read_model(write_members(tmp_path / "m.npz", text, arrays))
    read_model(write_members(tmp_path / "m.npz", whole, arrays))


def test_members_that_no_reader_knows_are_never_unpacked(
    models: list[pathlib.Path], tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(models[0].read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("unknown.npy", b"no array")
    path.write_bytes(path.read_bytes().replace(b"no array", b"whatever"))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() == "unknown.npy"  # who unpacks it stumbles
    read_model(path)


def test_a_member_that_is_there_twice_or_packed_in_another_way_is_refused(
    models: list[pathlib.Path], tmp_path: pathlib.Path
) -> None:
    header, arrays = load_model(models[0])
    stream = io.BytesIO()
    np.save(stream, arrays["labels"])
    path = write_members(tmp_path / "m.npz", json.dumps(header), arrays)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.npy", stream.getvalue())
    with pytest.raises(ModelError):
        read_model(path)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        rest = {name: array for name, array in arrays.items() if name != "labels"}
        path = write_members(tmp_path / "m.npz", json.dumps(header), rest)
        with zipfile.ZipFile(path, "a", method) as archive:
            archive.writestr("labels.npy", stream.getvalue())
        with pytest.raises(ModelError, match=r"labels\.npy is packed in another way"):
            read_model(path)


OPEN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000,) * 2)
from knn_digits.__main__ import main
sys.argv = ["knn-digits", *sys.argv[1:]]
sys.exit(main())
"""


def small_and_large(path: pathlib.Path, models: list[pathlib.Path]) -> dict[str, pathlib.Path]:
    """Write small files that would unpack to gigabytes."""
    header, arrays = load_model(models[0])
    made = {}
    nothing: Arrays = {"digits": np.zeros((200_000, 28, 28), np.uint8)}
    made["digits"] = forge(path / "digits.npz", header, {**arrays, **nothing})
    made["lists"] = path / "lists.npz"
    with (
        zipfile.ZipFile(made["lists"], "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("header.json", "w") as member,
    ):
        member.write(b'{"kind": "knn-digits model", "format": 1, "sha256": {}, "x": [')
        for _ in range(64):
            member.write(b"[]," * (1 << 18))
        member.write(b"0]}")
    return made


@pytest.mark.skipif(os.name != "posix", reason="limits of memory are POSIX's")
def test_a_small_file_that_unpacks_to_gigabytes_is_refused_within_a_gigabyte_and_a_half(
    models: list[pathlib.Path], tmp_path: pathlib.Path
) -> None:
    for path in small_and_large(tmp_path, models).values():
        assert path.stat().st_size < 1_000_000
        done = subprocess.run(
            [sys.executable, "-c", OPEN, "info", "--model", str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert done.returncode == 4, done.stderr
        assert done.stderr.count("\n") == 1


def test_the_bundled_model_is_taken(sample: Dataset) -> None:
    assert agree(BUNDLED, sample.digits[:2])


# what was learned


def test_each_field_of_learned_digits_that_is_hostile_is_told_as_damage_or_taken(
    sample: Dataset, tmp_path: pathlib.Path
) -> None:
    from knn_digits.classifiers.learned import ADDITION

    kept = keep(
        Addition(
            digits=sample.digits[:2],
            labels=sample.labels[:2],
            numbers=np.array([1, 2]),
            boxes=np.zeros((2, 4), np.int64),
            source="photo.png",
            read="01",
            date="",
        ),
        tmp_path,
    )
    assert kept.path is not None
    whole, arrays = load_arrays(kept.path, ADDITION)
    files: list[tuple[dict[str, Any], Arrays]] = [
        (whole | {name: value}, arrays) for name in ("source", "read", "date", "kind") for value in HOSTILE
    ]
    for name, array in arrays.items():
        files += [(whole, {**arrays, name: change(array)}) for change in ARRAYS.values()]
    for header, changed in files:
        learned = load_learned_of(kept.path, header, changed)
        assert len(learned.additions) + len(learned.damaged) == 1
        assert all(line.isprintable() for line in learned.damaged)


def load_learned_of(path: pathlib.Path, header: dict[str, Any], arrays: Arrays) -> Any:
    forge(path, header, arrays)
    return load_learned(path.parent)
