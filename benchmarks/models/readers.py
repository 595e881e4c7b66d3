"""Photo -> lines of digits, as our models and other programs read them, each program at its best.

The others get each photo upright, also where only the truth tells how the page lies: they do not turn
pages.
"""

import importlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.data.truth import Photo
from benchmarks.models.named import describe_model
from knn_digits.arrays import Pixels
from knn_digits.classifiers import Classifier
from knn_digits.errors import PhotoError
from knn_digits.images import encode_png, read_picture
from knn_digits.photo.boxes import Box
from knn_digits.reading import Reading, Stages, read_stages

DIGITS = "0123456789"
PAGE_MODES = (6, 7, 8, 10, 11, 13)  # Tesseract's: block, line, word, character, sparse text, raw line
MARGIN = 40  # pixels of paper: Tesseract reads little that touches the border
SAME_LINE = 0.5  # of the lower text's height: how far apart the middles of two texts of one line may be


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a reader took into account as a digit."""

    box: Box  # pixels of the upright photo, as the reading's
    label: int
    evidence: float  # how likely it is a digit of the text and its label right, 0 to 1
    chosen: bool  # it is part of the reading


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a reader found in a photo."""

    lines: tuple[str, ...] = ()  # digits, ? for one that was refused
    warnings: tuple[str, ...] = ()
    error: str | None = None  # why the photo could not be read
    reading: Reading | None = None  # where each digit is; our models alone tell
    candidates: tuple[Candidate, ...] = ()  # of which the reading was chosen; likewise


class Reader(Protocol):
    """What reads photos."""

    name: str
    mode: str  # which of its modes, for one that has several to choose from
    about: dict[str, Any]

    def read(self, photo: Photo) -> Found:
        """Read a photo; PhotoError if it cannot be read."""


class Model:
    """One of our models."""

    def __init__(self, name: str, model: Classifier) -> None:
        self.name, self.mode = f"knn-digits {name}", ""
        self.about: dict[str, Any] = {"model": describe_model(model)}
        self._model = model

    def read(self, photo: Photo) -> Found:
        """Read a photo; PhotoError if it cannot be read."""
        reading, stages = read_stages(photo.path, self._model)
        lines = tuple(line.text.replace(" ", "") for line in reading.lines)
        return Found(
            lines=lines, warnings=reading.warnings, reading=reading, candidates=candidates_of(stages)
        )


def candidates_of(stages: Stages) -> tuple[Candidate, ...]:
    """Return the candidates without their pictures; none where the stages do not tell them."""
    return tuple(
        Candidate(box=one.box, label=one.label, evidence=one.evidence, chosen=one.chosen)
        for one in getattr(stages, "candidates", ())
    )


class Tesseract:
    """Tesseract in one of its page modes, on the thresholded picture."""

    def __init__(self, program: str, mode: int) -> None:
        self.name = "tesseract"
        self.mode = f"page mode {mode}"
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.about: dict[str, Any] = {
            "version": version.stdout.split()[1],
            "used": f"digits alone allowed, Otsu's threshold, dark ink on white, {self.mode}",
        }
        self._command = [program, "stdin", "stdout", "--psm", str(mode)]
        self._command += ["-c", f"tessedit_char_whitelist={DIGITS}"]

    def read(self, photo: Photo) -> Found:
        """Read a photo; PhotoError if it cannot be read."""
        done = subprocess.run(
            self._command,
            input=encode_png(_threshold(_upright(photo))),
            capture_output=True,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
        if done.returncode:
            raise PhotoError(f"tesseract: {done.stderr.decode(errors='replace').strip()}")
        return Found(lines=_digits_of(done.stdout.decode("utf-8", "replace").split("\n")))


class RapidOcr:
    """RapidOCR without its classifier of upside-down text, which takes 66666 for 99999.

    Where its detector finds nothing, its recognizer gets the whole picture.
    """

    def __init__(self) -> None:
        self.name = "rapidocr"
        self.mode = ""
        self.about: dict[str, Any] = {
            "version": importlib.metadata.version("rapidocr"),
            "onnxruntime": importlib.metadata.version("onnxruntime"),
            "used": "use_cls=False, the recognizer on the whole picture where the detector finds nothing",
        }
        rapidocr = importlib.import_module("rapidocr")
        self._engine = rapidocr.RapidOCR(params={"Global.log_level": "critical"})

    def read(self, photo: Photo) -> Found:
        """Read a photo; PhotoError if it cannot be read."""
        return Found(lines=_digits_of(self.read_text(photo)))

    def read_text(self, photo: Photo) -> Sequence[str]:
        """Return all lines that it reads in a photo, with signs and letters."""
        pixels = cv2.cvtColor(_upright(photo), cv2.COLOR_RGB2BGR)
        found = self._engine(pixels, use_det=True, use_cls=False, use_rec=True)
        boxes = getattr(found, "boxes", None)
        if boxes is None or found.txts is None:
            found = self._engine(pixels, use_det=False, use_cls=False, use_rec=True)
            return tuple(found.txts or ())
        return _in_lines(found.txts, np.asarray(boxes))


def find_peers() -> tuple[list[list[Reader]], dict[str, str]]:
    """Return the peers that are installed, each in all its modes, and why the others are skipped."""
    peers: list[list[Reader]] = []
    skipped = {}
    program = shutil.which("tesseract")
    if program:
        peers.append([Tesseract(program, mode) for mode in PAGE_MODES])
    else:
        skipped["tesseract"] = "not installed: `apt-get install tesseract-ocr`"
    if importlib.util.find_spec("rapidocr") and importlib.util.find_spec("onnxruntime"):
        peers.append([RapidOcr()])
    else:
        skipped["rapidocr"] = "not installed: `pip install rapidocr onnxruntime`"
    return peers, skipped


def _upright(photo: Photo) -> Pixels:
    return np.ascontiguousarray(np.rot90(read_picture(photo.path).pixels, photo.quarters))


def _threshold(pixels: Pixels) -> Pixels:
    """Return black ink on white, with a margin."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, page = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if page.mean() < 127:
        page = 255 - page
    sides = (MARGIN,) * 4
    return np.asarray(cv2.copyMakeBorder(page, *sides, cv2.BORDER_CONSTANT, value=255), np.uint8)


def _digits_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the digits of each text; a text without any is left out."""
    return tuple(digits for text in texts if (digits := re.sub("[^0-9]", "", text)))


def _in_lines(texts: Sequence[str], boxes: NDArray[np.float32]) -> list[str]:
    """Return the texts joined into lines, from top to bottom, by their boxes (n, 4 corners, 2)."""
    middles = boxes.mean(axis=1)
    heights = np.linalg.norm(boxes[:, [3, 2]] - boxes[:, [0, 1]], axis=2).mean(axis=1)
    lines: list[list[int]] = []
    for row in np.argsort(middles[:, 1], kind="stable").tolist():
        first = lines[-1][0] if lines else row
        reach = SAME_LINE * min(heights[row], heights[first])
        if lines and middles[row, 1] - middles[first, 1] < reach:
            lines[-1].append(row)
        else:
            lines.append([row])
    return ["".join(texts[row] for row in sorted(line, key=lambda row: middles[row, 0])) for line in lines]
