import json
import pathlib

import cv2
import numpy as np
import pytest

from benchmarks.data.pages import KINDS, DrawnMark, Page, Pool, draw_page, training_pool
from benchmarks.data.pages.ink import Pen, Style, shape_picture
from benchmarks.data.pages.pool import digest, reference_hashes
from knn_digits.datasets import load_dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.digit import match_stroke, normalize
from tests.benchmarks.conftest import run
from tests.conftest import MNIST

HANDS = MNIST.parent / "hands"
NEAR = 5  # pixels around a box that are looked at


@pytest.fixture(scope="module")
def pool() -> Pool:
    return training_pool()


def test_a_seed_gives_the_same_page_again_and_another_seed_another(pool: Pool) -> None:
    first, again, other = (draw_page(seed, digits=pool, kind="lines") for seed in (3, 3, 4))
    assert np.array_equal(first.pixels, again.pixels)
    assert (first.marks, first.lines) == (again.marks, again.lines)
    assert first.lines != other.lines


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "dense"])
def test_every_kind_holds_what_its_lines_say(pool: Pool, kind: str) -> None:
    for seed in range(3):
        page = draw_page(seed, digits=pool, kind=kind)
        written = "".join(str(mark.label) for mark in page.marks if mark.label is not None)
        assert sorted(written) == sorted("".join(page.lines))
        assert page.kind == kind
        assert bool(page.lines) == (kind not in ("empty", "surface", "word"))
        _check_pixels(page)


def _check_pixels(page: Page) -> None:
    height, width, colors = page.pixels.shape
    assert page.pixels.dtype == np.uint8
    assert colors == 3
    for mark in page.marks:
        left, top, wide, high = mark.box
        assert 0 <= left < left + wide <= width
        assert 0 <= top < top + high <= height


def test_a_dense_page_holds_hundreds_of_digits(pool: Pool) -> None:
    assert sum(map(len, draw_page(1, digits=pool, kind="dense").lines)) > 150


def test_print_is_text_in_a_sudoku_and_none_in_a_paragraph_or_a_form(pool: Pool) -> None:
    sudoku = draw_page(1, digits=pool, kind="sudoku")
    assert any(mark.printed and mark.label is not None for mark in sudoku.marks)
    for kind in ("printed", "form", "table"):
        for seed in range(3):
            marks = draw_page(seed, digits=pool, kind=kind).marks
            assert all(mark.label is None for mark in marks if mark.printed)


def test_boxes_hug_the_ink_however_the_page_lies(pool: Pool) -> None:
    off = [
        far
        for kind in ("printed", "scattered", "line")
        for seed in range(8)
        for far in _distances(draw_page(seed, digits=pool, kind=kind))
    ]
    assert len(off) > 40
    assert np.mean(np.array(off) <= 2) > 0.8  # rules of the paper and folds are dark, too


def _distances(page: Page) -> list[int]:
    """Return how far the dark pixels around each digit that stands alone end from its box."""
    grey = cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    off = []
    for mark in page.marks:
        left, top, width, height = mark.box
        if mark.label is None or min(left, top) < NEAR or _has_neighbor(mark, page):
            continue
        part = grey[top - NEAR : top + height + NEAR, left - NEAR : left + width + NEAR]
        paper = np.median(np.concatenate([part[0], part[-1]]))
        contrast = np.abs(part - paper)
        dark = contrast > 0.4 * np.quantile(contrast, 0.95)
        if np.quantile(contrast, 0.95) > 40:
            x, y, wide, high = cv2.boundingRect(dark.astype(np.uint8))
            off.append(
                max(abs(x - NEAR), abs(y - NEAR), abs(x + wide - NEAR - width), abs(y + high - NEAR - height))
            )
    return off


def _has_neighbor(mark: DrawnMark, page: Page) -> bool:
    left, top, width, height = mark.box
    return any(
        other is not mark
        and other.box[0] < left + width + NEAR
        and other.box[0] + other.box[2] > left - NEAR
        and other.box[1] < top + height + NEAR
        and other.box[1] + other.box[3] > top - NEAR
        for other in page.marks
    )


def test_no_digit_of_the_pool_is_a_reference_of_the_bundled_model(pool: Pool) -> None:
    seen = reference_hashes()
    assert {digest(digit) for digit in load_hands().digits} <= seen
    digits, labels = pool.hands["mnist"]
    assert set(labels) == set(range(10))
    assert not {digest(digit) for digit in digits} & seen
    assert {
        digest(digit) for digit in load_dataset("sample").digits
    } & seen  # so that there is what to leave out


@pytest.mark.shared
@pytest.mark.skipif(not HANDS.exists(), reason="no collections of other hands here")
def test_no_picture_of_other_hands_is_a_reference_of_the_bundled_model() -> None:
    pool, seen = training_pool(hands=HANDS), reference_hashes()
    assert set(pool.hands) == {"mnist", "bhmsds", "hwd1000"}
    pictures = [*pool.hands["bhmsds"][0], *pool.foreign, *pool.signs["+"]]
    assert not {digest(digit) for digit in normalize([match_stroke(picture) for picture in pictures])} & seen


@pytest.mark.parametrize("width", [1.0, 2.5, 6.0])
def test_a_digit_is_as_high_as_asked_and_in_one_piece_whatever_the_pen(pool: Pool, width: float) -> None:
    pen = Pen(color=(0, 0, 0), width=width, pressure=1, grain=0, gaps=0)
    random, pieces = np.random.default_rng(0), []
    for digit in pool.hands["mnist"][0][:60]:
        ink = shape_picture(digit, 40, pen, Style(), random)
        assert max(ink.shape) == 40
        pieces.append(cv2.connectedComponents((ink > 0.3).astype(np.uint8))[0] - 1)
    assert np.mean(np.array(pieces) == 1) > 0.9


def test_pages_and_their_truth_are_written_to_a_folder(tmp_path: pathlib.Path) -> None:
    done = run("-m", "benchmarks.data.pages", "--seed", 5, "--count", 2, "--boxes", tmp_path)
    assert done.returncode == 0, done.stderr
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert [entry["file"] for entry in truth] == ["page-0005.png", "page-0006.png"]
    for entry in truth:
        assert entry["digits"] == sum(map(len, entry["lines"]))
        assert cv2.imread(str(tmp_path / entry["file"])) is not None
