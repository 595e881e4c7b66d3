"""A drawn form -> what reads it, by the form's own template and its blank sheet."""

import pathlib
import tempfile
from dataclasses import replace

import numpy as np

from benchmarks.data.forms.form import Form
from knn_digits.classifiers.load import Model
from knn_digits.forms.reader import MAX_ERRORS, FormReader
from knn_digits.forms.records import Template
from knn_digits.forms.trust import Trust
from knn_digits.images import write_png


def save_form(form: Form, folder: pathlib.Path) -> Template:
    """Write the blank form as its template's picture, and return the template."""
    write_png(folder / form.template.pages[0].picture, np.asarray(255 * form.sheet.clip(0, 1), np.uint8))
    return replace(form.template, folder=folder)


def reader_of(
    form: Form, *, model: Model = "bundled", trust: Trust | None = None, max_errors: float = MAX_ERRORS
) -> FormReader:
    """Return the reader of a form, with the bundled model or another."""
    with tempfile.TemporaryDirectory() as folder:
        template = save_form(form, pathlib.Path(folder))
        return FormReader(template, model, max_errors=max_errors, trust=trust)
