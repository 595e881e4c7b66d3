"""Files of other collections -> their digits with labels: USPS's test part, the sheet that OpenCV has."""

import pathlib

import cv2
import numpy as np

from knn_digits.arrays import CLASSES, Labels, Pixels
from knn_digits.errors import DataError

SHEET_SIDE = 20  # pixels: a digit on OpenCV's sheet, which has 50 rows of 100, 500 of each label in order


def load_usps(path: pathlib.Path) -> tuple[Pixels, Labels]:
    """Return the test pictures (n, 16, 16) and their labels; DataError if the file has no such."""
    try:
        with np.load(path) as file:
            return np.asarray(file["x_test"], np.uint8), np.asarray(file["y_test"], np.int64)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} must be an .npz file with x_test and y_test: {error}") from error


def load_sheet(path: pathlib.Path) -> tuple[Pixels, Labels]:
    """Return the pictures (n, 20, 20) of a sheet and their labels; DataError if it is no such sheet."""
    sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if sheet is None or sheet.shape[0] % (SHEET_SIDE * CLASSES) or sheet.shape[1] % SHEET_SIDE:
        raise DataError(f"{path} must be a picture of digits of 20x20 pixels, as many rows of each label")
    rows, columns = (side // SHEET_SIDE for side in sheet.shape)
    cut = sheet.reshape(rows, SHEET_SIDE, columns, SHEET_SIDE).swapaxes(1, 2)
    labels = np.repeat(np.arange(CLASSES), rows // CLASSES * columns)
    return np.asarray(cut.reshape(-1, SHEET_SIDE, SHEET_SIDE), np.uint8), labels.astype(np.int64)
