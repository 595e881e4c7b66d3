"""Sources of rooms of the package -> the numbers that are written inside them, beside those of `numbers`.

What decides about a photo stands at the top of a module, where it has a name and is compared with others. All
else that is written there is mathematics or a shape, or decides nothing: `KNOWN` says which of each.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.data.numbers import ROOMS, files_of, module_of, tree_of

# counting, neighbors and squares; half: likelier than not, most of it, or the middle of a pixel; white
PLAIN = {0, 1, 2, 0.5, 255}
SHAPES = {"reshape", "zeros", "round"}  # what is given to these is a shape, or how many decimals are written
BOUNDING = {"max", "min", "maximum", "minimum", "clip"}  # a bound is a choice, unless it is a pixel or none

Literals = dict[str, tuple[float, ...]]  # by what they stand in: module, class, function


def find_literals(rooms: Sequence[str] = ROOMS) -> Literals:
    """Return the numbers in functions, defaults and expressions of rooms that are not plain."""
    found: Literals = {}
    for path in files_of(rooms):
        found |= literals_of(tree_of(path), module_of(path))
    return found


def literals_of(tree: ast.Module, module: str) -> Literals:
    """Return those of a module."""
    found: dict[str, list[float]] = {}
    for statement in tree.body:
        if not _is_named_number(statement):
            for place, value in _below(statement, module, ""):
                found.setdefault(place, []).append(value)
    return {place: tuple(sorted(values)) for place, values in found.items()}


def _is_named_number(statement: ast.stmt) -> bool:
    """Tell whether a statement gives a name to what is written out: `find_numbers` lists it."""
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return True


def _below(node: ast.AST, place: str, within: str) -> Iterator[tuple[str, float]]:
    """Yield what is written below a node: not the places of items, as in `boxes[:, 3]`."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}"
    if isinstance(node, ast.BinOp | ast.keyword):
        within = within if within in SHAPES else ""
    if isinstance(node, ast.Call):
        within = ast.unparse(node.func).rpartition(".")[2]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, int | float) and not _is_plain(node.value, within):
            yield place, node.value
    elif isinstance(node, ast.Subscript):
        yield from _below(node.value, place, "")
    else:
        for child in ast.iter_child_nodes(node):
            yield from _below(child, place, within)


def _is_plain(value: float, within: str) -> bool:
    return within in SHAPES or (value in PLAIN and not (within in BOUNDING and value == 2))


ROUND_ALL_SIDES = "a pixel's own and all that touch it"
FINITE = "so small that it only keeps a quotient or a logarithm finite"
KNOWN: Mapping[str, tuple[tuple[float, ...], str]] = {
    "photo.candidates": ((4,), "that many kinds"),
    "photo.candidates.find_fainter_pen": ((8,), ROUND_ALL_SIDES),
    "photo.components.Components._colored": ((8,), ROUND_ALL_SIDES),
    "photo.components._find_places": ((8,), ROUND_ALL_SIDES),
    "photo.components.with_edge": ((3, 3), ROUND_ALL_SIDES),
    "photo.frames._follow": ((3,), "a parabola has three coefficients"),
    "photo.frames._level": ((90,), "degrees of a quarter"),
    "photo.frames.find_frames": ((3, 3), ROUND_ALL_SIDES),
    "photo.ink": ((4,), "of 4 times the root of pi: how two Gaussians widen an edge"),
    "photo.ink._gradients": ((4,), "weights of Sobel's, added"),
    "photo.ink._is_grain": ((1.4826,), "the spread of a Gaussian over its median deviation"),
    "photo.ink._noise": ((0.6745, 4, 6), "Immerkaer's weights, the root of their squares, that median again"),
    "photo.page._brightest": ((4,), "pixels that touch, but for corners: what is around is all that touch"),
    "photo.page._polygon": ((4, 6), "corners of a page, and of one of which the picture cuts two off"),
    "photo.page._is_on_table": ((1e-06,), FINITE),
    "photo.page.paint_table": ((3,), "red, green, blue"),
    "photo.polarity.measure_polarity": ((3,), "thirds of a picture: coarse; what it weighs is learned"),
    "photo.polarity._skew": ((1e-09, 1.5, 3), FINITE + "; skewness; the smallest window with a middle"),
    "photo.rules.fit_trimmed": (
        (0.75, 3),
        "a quartile: half, or `WHOLE`, reads photos worse; a pixel and both beside it",
    ),
    "photo.rules.erase": ((3,), "a column and both beside it"),
    "reading.context.log_odds": ((0.0001, 0.0001), FINITE),
    "reading.context.sigmoid": ((500, 500), "what an exponential can take"),
    "reading.context._beside_chosen.over": ((0.001,), FINITE),
    "reading.evidence._beside_signs": ((0.001,), FINITE),
    "reading.evidence._count_parts": ((4, 8), "pixels that touch: of paper, of ink"),
    "reading.evidence._reach": ((1e-06,), FINITE),
    "reading.evidence.measure_light": ((0.001,), FINITE),
    "reading.grid.may_be_sudoku": ((9,), "rows of a sudoku"),
    "reading.orientation": ((4,), "quarters"),
    "reading.reasons._spread": ((1e-12,), FINITE),
    "reading.truth._single": ((9,), "the last digit"),
    "reading.views.View.turned": ((4,), "quarters"),
    "reading.warn._third": ((3, 3), "thirds of a page, for words"),
    "reading.warn.warn_of_page": ((3,), "quarters"),
}
