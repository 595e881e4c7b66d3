"""Seeds -> pictures of drawn pages in a folder, with their truth.json, to be looked at.

Run as `python -m benchmarks.data.pages --seed 0 --count 12 FOLDER [--boxes]`.
"""

import argparse
import json
import pathlib
import sys
from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.data.pages import KINDS, Page, draw_page, training_pool
from knn_digits.arrays import Pixels

TEXT, OTHER = (0, 160, 0), (230, 60, 0)  # red, green, blue of a digit's box and of another mark's


def draw_boxes(page: Page) -> Pixels:
    """Return the page with a box around each mark."""
    pixels = page.pixels.copy()
    for mark in page.marks:
        left, top, width, height = mark.box
        color = OTHER if mark.label is None else TEXT
        cv2.rectangle(pixels, (left - 1, top - 1), (left + width, top + height), color, 1)
        if mark.label is not None:
            cv2.putText(pixels, str(mark.label), (left, top - 2), cv2.FONT_HERSHEY_PLAIN, 0.9, (200, 0, 200))
    return pixels


def main(arguments: Sequence[str]) -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data.pages", description=__doc__)
    add = parser.add_argument
    add("folder", type=pathlib.Path)
    add("--seed", type=int, default=0, help="of the first page")
    add("--count", type=int, default=12)
    add("--kind", choices=list(KINDS))
    add("--boxes", action="store_true", help="draw the boxes of all marks")
    add("--data", help="MNIST: `mnist` or a folder with its IDX files; without it, the package's sample")
    add("--hands", type=pathlib.Path, help="folder with bhmsds.npz, hwd1000.npz and omniglot.npz")
    options = parser.parse_args(arguments)
    pool = training_pool(mnist=options.data, hands=options.hands)
    options.folder.mkdir(parents=True, exist_ok=True)
    truth = []
    for seed in range(options.seed, options.seed + options.count):
        page = draw_page(seed, digits=pool, kind=options.kind)
        name = f"page-{seed:04d}.png"
        pixels = draw_boxes(page) if options.boxes else page.pixels
        cv2.imwrite(str(options.folder / name), np.ascontiguousarray(pixels[..., ::-1]))
        truth.append(
            {
                "file": name,
                "lines": list(page.lines),
                "digits": sum(map(len, page.lines)),
                "core": True,
                "ordered": page.ordered,
                "source": page.kind,
            }
        )
    (options.folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
