"""Every frozen dataclass of the package compares and hashes, whatever its fields hold."""

import dataclasses
import importlib
import inspect
import pathlib
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from knn_digits.datasets import Dataset
from knn_digits.features import Feature
from knn_digits.reading import DigitReading, read_photo
from tests.arrangements import arrangements
from tests.test_imports import MODULES


def find_records() -> Iterator[type]:
    """Yield the frozen dataclasses of all modules."""
    for name in MODULES:
        for found in vars(importlib.import_module(name)).values():
            if inspect.isclass(found) and dataclasses.is_dataclass(found) and found.__module__ == name:
                assert found.__dataclass_params__.frozen or "__eq__" not in vars(found), found  # type: ignore[attr-defined]
                if found.__dataclass_params__.frozen:  # type: ignore[attr-defined]
                    yield found


RECORDS = {f"{record.__module__}.{record.__name__}": record for record in find_records()}
# Those that are large, or open, are the same only as themselves: `eq=False`.
ALONE = {name: record for name, record in RECORDS.items() if "__eq__" not in vars(record)}
COMPARED = {name: record for name, record in RECORDS.items() if name not in ALONE}


def hints(record: type) -> dict[str, Any]:
    """Return the types of a record's fields, with what it imports for the type checker alone."""
    found = get_type_hints(record, localns={"Feature": Feature})
    return {field.name: found[field.name] for field in dataclasses.fields(record) if field.compare}


def example(hint: Any, number: int) -> Any:
    """Return a value of a type, the same for the same number, and never the same object."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return example(arguments[0], number)
    if hint in RECORDS.values():
        return make(hint, number)
    make_one: dict[Any, Callable[[], Any]] = {
        np.ndarray: lambda: np.arange(6).reshape(2, 3) + number,
        list: lambda: [example(arguments[0], number)],
        Sequence: lambda: [example(arguments[0], number)],
        tuple: lambda: tuple(example(argument, number) for argument in arguments if argument is not ...),
        dict: lambda: {"a": [np.arange(3) + number, {"b": number}]},
    }
    return make_one.get(origin or hint, lambda: number)()


def make(record: type, number: int, /, **changes: Any) -> Any:
    """Return an instance that holds examples, past the checks of its own."""
    made: Any = object.__new__(record)
    for name, hint in hints(record).items():
        object.__setattr__(made, name, changes.get(name, example(hint, number)))
    return made


@pytest.mark.parametrize("record", COMPARED.values(), ids=COMPARED.keys())
def test_records_that_hold_the_same_are_equal_and_hash_alike(record: type) -> None:
    one, same, other = make(record, 1), make(record, 1), make(record, 2)
    assert (one == same) is True
    assert (one != same) is False
    assert hash(one) == hash(same)
    assert len({one, same}) == 1
    if dataclasses.fields(record):
        assert (one == other) is False
    assert (one == "another thing") is False


@pytest.mark.parametrize("record", COMPARED.values(), ids=COMPARED.keys())
def test_each_field_tells_two_records_apart(record: type) -> None:
    one = make(record, 1)
    for name, hint in hints(record).items():
        assert one != make(record, 1, **{name: example(hint, 2)}), name


@pytest.mark.parametrize("record", ALONE.values(), ids=ALONE.keys())
def test_a_record_that_is_not_compared_is_equal_to_itself_alone_and_hashes(record: type) -> None:
    one: Any = object.__new__(record)  # bare: some hold another of their kind
    other: Any = object.__new__(record)
    assert one == one  # noqa: PLR0124 (that is the promise)
    assert one != other
    assert len({one, other, one}) == 2


def test_arrays_are_equal_where_type_shape_and_every_number_are(tmp_path: pathlib.Path) -> None:
    record = RECORDS["knn_digits.images.decode.Picture"]
    numbers = np.arange(12, dtype=np.int32).reshape(3, 4)
    known = make(record, 1, pixels=numbers)
    for how, same in arrangements(numbers, tmp_path):
        assert make(record, 1, pixels=same) == known, how
        assert hash(make(record, 1, pixels=same)) == hash(known), how
    for other in (numbers.reshape(4, 3), numbers.astype(np.int64), numbers + 1, numbers[:0], None):
        assert make(record, 1, pixels=other) != known
    empty = [make(record, 1, pixels=numbers[:0]) for _ in range(2)]
    assert empty[0] == empty[1]


def test_readings_and_answers_of_the_same_are_equal(sample: Dataset) -> None:
    page = np.full((120, 200), 255, np.uint8)
    page[32:88, 40:96] = 255 - sample.digits[7].repeat(2, 0).repeat(2, 1)
    one, same = (read_photo(page) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    first: DigitReading = one.lines[0].digits[0]
    assert first == same.lines[0].digits[0]
    assert one != read_photo(page[::-1].copy())
