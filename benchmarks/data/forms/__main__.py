"""Digits of other hands that no bundled model holds -> the sample forms in samples/forms.

Run as `python -m benchmarks.data.forms --hands DIR [--output FOLDER]`.
"""

import json
import pathlib
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.data.forms.fill import fill_form
from benchmarks.data.forms.form import print_form
from benchmarks.data.forms.page import show
from benchmarks.data.forms.pools import sample_pool
from benchmarks.data.forms.readers import save_form
from benchmarks.script import Parser, run
from knn_digits.forms.template import write_template

SEED, N = 77, 5
QUALITY = 80  # of JPEG


def main(arguments: Sequence[str]) -> None:
    """Write a blank form, its template, filled ones and their truth."""
    parser = Parser(description=__doc__)
    parser.add_argument("--hands", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("samples/forms"))
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    pool = sample_pool(options.hands)
    form = print_form(SEED, "boxes")
    template = save_form(form, options.output)
    write_template(options.output / "form.json", replace(template, name="sample"))
    truth = {}
    for number in range(1, N + 1):
        random = np.random.default_rng(SEED + number)
        filled = fill_form(form, pool, random)
        pixels = show(filled, random).pixels
        name = f"filled-{number}.jpg"
        coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        (options.output / name).write_bytes(coded.tobytes())
        truth[name] = dict(filled.truth)
    (options.output / "form-truth.json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    print(options.output)


if __name__ == "__main__":
    run(main)
