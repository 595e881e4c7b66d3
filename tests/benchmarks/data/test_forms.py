"""Drawn forms that are filled in."""

import numpy as np

from benchmarks.data.forms.fill import Flaws, fill_form
from benchmarks.data.forms.form import RESOLUTION, Form
from benchmarks.data.pages.pool import training_pool
from knn_digits.forms.records import Field, Template, TemplatePage

NO_FLAWS = Flaws(crossed=0, speck=0)
FIRST, WALL = 10.0, 40.0  # mm: where the two cells begin


def test_a_number_does_not_run_into_the_next_cell_of_a_table() -> None:
    size = (WALL + 40, 20.0)  # mm
    lefts = {"left": FIRST, "right": WALL}
    fields = tuple(Field(name=name, box=(x, 5, WALL - FIRST, 9)) for name, x in lefts.items())
    page = TemplatePage(picture="form-1.png", width=size[0], height=size[1])
    template = Template(name="two", unit="mm", pages=(page,), fields=fields)
    height, width = (round(side * RESOLUTION) for side in (size[1], size[0]))
    form = Form(layout="table", sheet=np.ones((height, width, 3), np.float32), template=template)
    pool, alone = training_pool(), 0
    for seed in range(30):
        filled = fill_form(form, pool, np.random.default_rng(seed), flaws=NO_FLAWS)
        if filled.truth["left"] and not filled.truth["right"]:
            alone += 1
            assert filled.sheet[:, round(WALL * RESOLUTION) + 1 :].min() == 1, seed
    assert alone
