"""Boxes full of blurred writing, one below the other, so that little of their paper is bare; one is blank."""

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import Field, Template, TemplatePage
from knn_digits.images import write_png

RESOLUTION = 6  # pixels a mm
TOPS = {"first": 30.0, "second": 40.0, "third": 50.0, "blank": 70.0}  # mm


@pytest.fixture(scope="module")
def blank() -> Pixels:
    page = np.full((100 * RESOLUTION, 80 * RESOLUTION, 3), 255, np.uint8)
    cv2.putText(page, "FORM 27 B", (60, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(page, "paid in", (20, 560), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 3, cv2.LINE_AA)
    for top in TOPS.values():
        first, last = (np.array([(20, top), (60, top + 10)]) * RESOLUTION).astype(int)
        cv2.rectangle(page, first.tolist(), last.tolist(), (0, 0, 0), 2)
    return page


@pytest.fixture(scope="module")
def reader(blank: Pixels, tmp_path_factory: pytest.TempPathFactory) -> FormReader:
    folder = tmp_path_factory.mktemp("faint")
    write_png(folder / "form-1.png", blank)
    fields = tuple(Field(name=name, box=(20.0, top, 40.0, 10.0)) for name, top in TOPS.items())
    page = TemplatePage(picture="form-1.png", width=80, height=100)
    return FormReader(Template(name="faint", unit="mm", pages=(page,), fields=fields, folder=folder))


def test_boxes_full_of_blurred_writing_are_not_blank(reader: FormReader, blank: Pixels) -> None:
    page = blank.copy()
    for top in list(TOPS.values())[:3]:
        middle = round((top + 5) * RESOLUTION)
        for column in range(142, 350, 40):
            cv2.ellipse(page, (column, middle), (11, 21), 0, 0, 360, (150, 150, 150), 8, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 2, page.shape)
    seen = (cv2.GaussianBlur(page, (0, 0), 2.0) + noise).clip(0, 255).astype(np.uint8)
    assert [field.text for field in reader.read(seen).fields] == ["000000", "000000", "000000", ""]
