"""Tables as read -> rows of CSV, objects of JSON, the photo with the grid drawn on it."""

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np

from knn_digits.arrays import Pixels
from knn_digits.errors import PhotoError
from knn_digits.images import Picture
from knn_digits.reading.records import UNKNOWN
from knn_digits.record import told
from knn_digits.reports.canvas import write
from knn_digits.reports.readings import HALO_COLOR, READ_COLOR, REFUSED_COLOR, csv_text
from knn_digits.tables import Cell, Table

GRID_COLOR = (30, 90, 220)  # RGB
LETTER = 0.3  # of a cell's height: the text that is written into its corner
SMALLEST = 9.0  # pixels: the same, at least


def as_csv(tables: Sequence[Table], *, signs: bool = False) -> str:
    """Return the texts of cells, perhaps with signs, as lines of CSV, with an empty line between tables."""
    return "\n".join(csv_text(table.texts_with_signs if signs else table.texts) for table in tables)


def as_grid(tables: Sequence[Table], *, signs: bool = False) -> str:
    """Return one character a cell, with an empty line between tables."""
    grids = [table.grid_with_signs if signs else table.grid for table in tables]
    return "\n".join("".join(f"{row}\n" for row in grid) for grid in grids)


def as_object(path: str, result: Sequence[Table] | PhotoError, *, signs: bool = False) -> dict[str, Any]:
    """Return the tables of a photo as JSON has them, or why they cannot be read."""
    if isinstance(result, PhotoError):
        return {"path": path, "error": str(result)}
    return {"path": path, "tables": [_table(table, signs=signs) for table in result]}


def _table(table: Table, *, signs: bool) -> dict[str, Any]:
    return {
        "rows": table.rows,
        "columns": table.columns,
        "quarters": table.quarters,
        "cells": [_cell(cell, signs=signs) for cell in table.cells],
        "suggestion": list(table.suggestion),
        "warnings": list(table.warnings),
    }


def _cell(cell: Cell, *, signs: bool) -> dict[str, Any]:
    return {
        "row": cell.row,
        "column": cell.column,
        "text": cell.text_with_signs if signs else cell.text,
        "probability": told(cell.probability),
        "box": cell.box.to_dict(),
        "quad": [list(corner) for corner in cell.quad],
        "printed": None if cell.printed is None else told(cell.printed),
        "marks": [mark.to_dict(details=False) for mark in cell.marks],
    }


def annotate(picture: Picture, tables: Iterable[Table]) -> Pixels:
    """Return the (height, width, 3) uint8 RGB picture with the cells and their texts drawn on it."""
    drawn = picture.pixels.copy()
    scale = drawn.shape[1] / picture.full_width
    for cell in (cell for table in tables for cell in table.cells):
        corners = np.round(np.array(cell.quad) * scale).astype(np.int32)
        cv2.polylines(drawn, [corners], True, GRID_COLOR, 1, cv2.LINE_AA)
        height = max(SMALLEST, LETTER * float(corners[:, 1].max() - corners[:, 1].min()))
        place = (int(corners[:, 0].min()) + 2, int(corners[:, 1].min() + height + 2))
        text = cell.text_with_signs
        color = REFUSED_COLOR if UNKNOWN in text else READ_COLOR
        for ink, stroke in ((HALO_COLOR, 1), (color, 0)) if text else ():
            write(drawn, text, place, height=height, color=ink, stroke=stroke)
    return drawn
