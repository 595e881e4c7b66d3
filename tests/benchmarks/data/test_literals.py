"""`benchmarks.data.literals`: no number that decides about a photo hides inside a function."""

import ast

import pytest

from benchmarks.data.literals import KNOWN, find_literals, literals_of


def test_what_is_written_inside_functions_is_known_and_has_its_reason() -> None:
    assert find_literals() == {place: values for place, (values, _) in KNOWN.items()}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x):\n    return x > 0.3", {"m.f": (0.3,)}),
        ("def f(x, *, least=7):\n    return x > least", {"m.f": (7,)}),
        ("class C:\n    def f(self, x):\n        return -0.2 * x", {"m.C.f": (0.2,)}),
        ("STEP = PEN // 4", {"m": (4,)}),
        ("def f(x):\n    return max(2, x) + np.maximum(x / 2, 8)", {"m.f": (2, 8)}),
        ("def f(x):\n    return blur(x, (x.shape[3] // 5,) * 2)", {"m.f": (5,)}),
    ],
)
def test_a_number_is_found_wherever_it_stands(source: str, found: dict[str, tuple[float, ...]]) -> None:
    assert literals_of(ast.parse(source), "m") == found


@pytest.mark.parametrize(
    "source",
    [
        "MOST = 300  # candidates that are cut",  # `find_numbers` lists it
        "SIDES = (0.06, 0.2)",
        "def f(x):\n    return x[:, 3] + x[3:5, 4]",
        "def f(x):\n    return max(1, x / 2), np.zeros((0, 4)), round(x, 4)",
        "def f(x):\n    return 2 * x > 0.5 and max(x, axis=2)",
    ],
)
def test_places_shapes_counts_and_halves_are_no_choice(source: str) -> None:
    assert literals_of(ast.parse(source), "m") == {}
