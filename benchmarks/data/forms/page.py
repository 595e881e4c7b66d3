"""A filled form -> the picture that a scanner or a phone makes of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.data.forms.fill import Filled
from benchmarks.data.pages import camera, surfaces
from benchmarks.data.pages.ink import Random
from benchmarks.data.pages.sheet import Picture
from knn_digits.arrays import Pixels

PHONE = 0.5  # of pages; the others are scanned
TURNED = 1.0  # degrees, standard deviation: how askew a scan lies
SHIFTED = 0.01  # of the page, standard deviation: how far it lies off
UPSIDE_DOWN, SIDEWAYS = 0.1, 0.05  # of pages
PART = (0.75, 0.95)  # of a photo: the sheet
ANGLE, LEAN = 3.0, 0.02  # degrees, and of the page, standard deviations: of a phone that is held by hand
SCALE = (1.1, 1.5)  # times the size of a scan: that of a photo
FOLDED = 0.1  # of photos


@dataclass(frozen=True, kw_only=True, eq=False)
class FormPage:
    """A picture of a form."""

    pixels: Pixels
    capture: str  # "scan" or "phone"


def show(filled: Filled | Picture, random: Random) -> FormPage:
    """Return the form as it is scanned or photographed."""
    sheet = filled.sheet if isinstance(filled, Filled) else filled
    phone = bool(random.random() < PHONE)
    pixels = _photograph(sheet, random) if phone else _scan(sheet, random)
    quarters = 2 if random.random() < UPSIDE_DOWN else int(random.choice([1, 3]))
    if quarters == 2 or random.random() < SIDEWAYS:
        pixels = np.ascontiguousarray(np.rot90(pixels, quarters))
    return FormPage(pixels=pixels, capture="phone" if phone else "scan")


def _scan(sheet: Picture, random: Random) -> Pixels:
    height, width = sheet.shape[:2]
    matrix = np.asarray(
        cv2.getRotationMatrix2D((width / 2, height / 2), random.normal(0, TURNED), 1.0), np.float64
    )
    matrix[:, 2] += random.normal(0, SHIFTED, 2) * (width, height)
    laid = cv2.warpAffine(sheet, matrix, (width, height), borderValue=(0.97, 0.97, 0.97))
    return camera.scan(np.asarray(laid, np.float32), random)


def _photograph(sheet: Picture, random: Random) -> Pixels:
    height, width = sheet.shape[:2]
    if random.random() < FOLDED:
        sheet = camera.fold(sheet, random)
    size = np.array([width, height]) * random.uniform(*SCALE)
    seen = np.round(size / random.uniform(*PART)).astype(int)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    angle = np.deg2rad(random.normal(0, ANGLE))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ((corners - 0.5) * size) @ turn.T + seen / 2 + random.normal(0, LEAN, (4, 2)) * size
    source = (corners * (width, height)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    paper = surfaces.paper(height, width, random) * sheet
    under = surfaces.around(int(seen[1]), int(seen[0]), random)
    over = cv2.warpPerspective(paper, matrix, (int(seen[0]), int(seen[1])))
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, (int(seen[0]), int(seen[1])))
    page = np.asarray(under * (1 - cover[..., None]) + over, np.float32)
    return camera.photograph(page, random)
