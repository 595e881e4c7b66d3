"""A form as its maker draws it, filled in with digits of the package's sample."""

import pathlib
from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.data.forms.fill import Filled, fill_form
from benchmarks.data.forms.form import Form, print_form
from benchmarks.data.forms.readers import save_form
from benchmarks.data.pages.pool import Pool
from knn_digits.arrays import Pixels
from knn_digits.datasets import load_dataset
from knn_digits.forms.reader import FormReader
from knn_digits.forms.records import Template


@dataclass(frozen=True)
class Example:
    form: Form
    template: Template
    reader: FormReader
    filled: Filled
    pixels: Pixels


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder: pathlib.Path = tmp_path_factory.mktemp("form")
    sample = load_dataset("sample")
    pool = Pool(hands={"mnist": (sample.digits, sample.labels)}, signs={}, foreign=())
    form = print_form(2, "boxes")
    template = save_form(form, folder)
    filled = fill_form(form, pool, np.random.default_rng(3))
    pixels = np.asarray(255 * filled.sheet.clip(0, 1), np.uint8)
    return Example(form, template, FormReader(template, "bundled"), filled, pixels)
