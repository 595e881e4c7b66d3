"""Print as a page shows it: blurred, half a pixel aside, with a faint stroke beside it."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.cells import offer_cells
from knn_digits.forms.crops import Cutter
from knn_digits.forms.flat import darkness
from knn_digits.forms.prints import FormPrint, fit_print
from knn_digits.forms.strokes import pen_darkness

BOX = (20.0, 20.0, 40.0, 40.0)  # pixels
WALLS, STROKE = 40, 215  # grey of paper that is 255


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((80, 80, 3), 255, np.uint8)
    cv2.rectangle(page, (20, 20), (60, 60), (WALLS,) * 3, 2)
    return page


def seen(page: Pixels) -> Pixels:
    moved = cv2.warpAffine(
        page, np.array([[1, 0, 0.4], [0, 1, -0.3]]), (80, 80), borderMode=cv2.BORDER_REPLICATE
    )
    noise = np.random.default_rng(0).normal(0, 1, page.shape)
    return np.asarray((cv2.GaussianBlur(moved, (0, 0), 1.0) + noise).clip(0, 255), np.uint8)


def test_print_is_told_where_it_lies_and_how_blurred_it_is(blank: Pixels) -> None:
    form, ink = (darkness(page[..., 0], 31) for page in (blank, seen(blank)))
    found = fit_print(FormPrint.of([form] * 3), ink)
    assert float(np.abs(found.channels[0] - ink).mean()) < 0.2 * float(np.abs(form - ink).mean())
    assert found.fit > 0.99
    assert found.slack < 0.05


def test_a_field_that_shows_nothing_has_no_print(blank: Pixels) -> None:
    form = darkness(blank[..., 0], 31)
    found = fit_print(FormPrint.of([form] * 3), np.zeros_like(form))
    assert (found.slack, found.fit) == (0.0, 0.0)
    assert not np.any(found.channels)


def test_a_faint_stroke_is_seen_up_to_the_wall_that_it_runs_along(blank: Pixels) -> None:
    page = blank.copy()
    cv2.line(page, (24, 57), (56, 57), (STROKE,) * 3, 2)  # its lower edge touches the wall's upper edge
    crop = Cutter(blank, across=1, down=1).cut(seen(page), np.eye(3), BOX, 40.0)
    left, top, right, _ = (round(side) for side in crop.on_crop((26.0, 54.0, 28.0, 6.0)))
    scale = crop.scale
    stroke = crop.ink[top : top + round(4 * scale), left:right].max(axis=0)
    assert float(np.median(stroke)) > 0.5 * (255 - STROKE) / 255


@pytest.mark.parametrize("stretch", [0.98, 1.0, 1.03])
def test_the_walls_of_a_row_of_boxes_that_is_stretched_are_no_strokes(stretch: float) -> None:
    boxes = [(40.0 + 40 * i, 30.0, 40.0, 60.0) for i in range(7)]
    page = np.full((120, 360, 3), 255, np.uint8)
    for left, top, width, height in np.array(boxes, int).tolist():
        cv2.rectangle(page, (left, top), (left + width, top + height), (WALLS,) * 3, 2)
    wider = np.array([[stretch, 0, (1 - stretch) * 180], [0, 1, 0]])
    taken = cv2.warpAffine(page, wider, (360, 120), borderMode=cv2.BORDER_REPLICATE)
    crop = Cutter(page, across=1, down=1).cut(
        np.asarray(cv2.GaussianBlur(taken, (0, 0), 1.2)), np.eye(3), (40.0, 30.0, 280.0, 60.0), 60.0
    )
    found = offer_cells(crop, [crop.on_crop(box) for box in boxes], pen_darkness([crop]))
    assert found.sure == (None,) * len(boxes)
    assert not found.runs
