"""Ink that a camera blurs: how much, told by print, and how it was before."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.blur import unblur
from knn_digits.forms.crops import Cutter, share_capture
from knn_digits.forms.flat import Darkness, darkness
from knn_digits.forms.prints import FormPrint, fit_print

BOX = (30.0, 30.0, 60.0, 60.0)  # pixels


def blank() -> Pixels:
    page = np.full((120, 120, 3), 255, np.uint8)
    cv2.rectangle(page, (30, 30), (90, 90), (60,) * 3, 2)
    return page


def seen(page: Pixels, sigma: float) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 2, page.shape)
    return np.asarray((cv2.GaussianBlur(page, (0, 0), sigma) + noise).clip(0, 255), np.uint8)


def eight() -> Darkness:
    """Two loops of so thin a stroke that blur fills them."""
    ink = np.zeros((50, 40), np.float32)
    for row in (17, 31):
        cv2.circle(ink, (20, row), 6, 0.6, 2, cv2.LINE_AA)
    return ink


@pytest.mark.parametrize("sigma", [0.8, 1.4, 2.0, 2.6])
def test_print_tells_how_blurred_a_page_is(sigma: float) -> None:
    form, ink = (darkness(page[..., 0], 61) for page in (blank(), seen(blank(), sigma)))
    assert fit_print(FormPrint.of([form] * 3), ink).blur == pytest.approx(sigma, abs=0.35)


def test_a_page_as_sharp_as_its_form_is_hardly_blurred() -> None:
    form = darkness(blank()[..., 0], 61)
    assert fit_print(FormPrint.of([form] * 3), form).blur < 0.3


def test_fields_of_a_page_share_its_blur_those_without_print_too() -> None:
    cutter = Cutter(blank(), across=1, down=1)
    page = seen(blank(), 2.0)
    printed = cutter.cut(page, np.eye(3), BOX, 60.0)
    bare = cutter.cut(page, np.eye(3), (50.0, 50.0, 20.0, 20.0), 20.0)
    assert bare.blur == 0
    assert [crop.blur for crop in share_capture([printed, bare])] == [printed.blur] * 2


def test_loops_that_blur_fills_open_again() -> None:
    ink = eight()
    blurred = np.asarray(cv2.GaussianBlur(ink, (0, 0), 2.5), np.float32)
    found = unblur(blurred, 2.5, 0.0)
    hole, stroke = found[17, 20], found[17, 14]
    assert blurred[17, 20] > 0.4 * blurred[17, 14]
    assert hole < 0.2 * stroke
    assert float(np.abs(found - ink).mean()) < 0.65 * float(np.abs(blurred - ink).mean())


def test_ink_of_a_sharp_page_stays_as_it_is() -> None:
    ink = eight()
    assert float(np.abs(unblur(ink, 0.0, 0.0) - ink).max()) < 0.01


def test_noise_is_not_taken_for_ink() -> None:
    """Where noise is as strong as ink, all that sharpening could bring out is noise."""
    noise = np.abs(np.random.default_rng(1).normal(0, 0.05, (40, 60))).astype(np.float32)
    assert float(unblur(noise, 2.5, 1.0).std()) < float(noise.std())
