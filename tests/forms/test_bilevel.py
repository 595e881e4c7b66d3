"""Scans in black and white: what is pale is thinned on them, down to points."""

import pathlib
from dataclasses import replace

import cv2
import numpy as np

from knn_digits.forms.bilevel import with_greys
from knn_digits.forms.draft import draft
from knn_digits.forms.reader import FormReader
from knn_digits.images import write_png


def test_edges_stay_and_a_line_of_one_pixel_is_grey() -> None:
    page = np.full((9, 9, 3), 255, np.uint8)
    page[:, :3] = page[:, 6] = 0
    assert with_greys(page)[4, :, 0].tolist() == [0, 0, 0, 85, 255, 85, 85, 85, 255]


def test_greys_and_colors_are_left_as_they_are() -> None:
    page = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    assert with_greys(page) is page


def test_digits_are_read_whole_whose_pale_part_is_thinned(tmp_path: pathlib.Path) -> None:
    blank = np.full((600, 480, 3), 255, np.uint8)
    cv2.putText(blank, "FORM 27 B", (60, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4)
    cv2.putText(blank, "paid in", (20, 560), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 3)
    cv2.rectangle(blank, (120, 240), (360, 312), (0, 0, 0), 2)
    write_png(tmp_path / "form-1.png", blank)
    reader = FormReader(replace(draft(blank, resolution=6), folder=tmp_path), "bundled")
    page = blank.copy()
    for column in (180, 230, 280):
        cv2.ellipse(page, (column, 276), (14, 23), 0, 0, 360, (0, 0, 0), 1)
        cv2.ellipse(page, (column, 276), (14, 23), 0, 0, 60, (0, 0, 0), 7)
    assert [field.text for field in reader.read(page).fields] == ["000"]
