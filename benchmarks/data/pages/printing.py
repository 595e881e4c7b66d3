"""Text -> print on a sheet, in fonts that are free and at hand."""

import importlib.util
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.data.pages.ink import Ink, Random
from benchmarks.data.pages.sheet import Color, Sheet

SYSTEM = pathlib.Path("/usr/share/fonts/truetype")
FAMILIES = ("DejaVuS", "LiberationS", "LiberationM", "cmr10", "cmss10", "cmtt10", "STIXGeneral")
WORDS = """name date room total number street amount page order price items class the of and for please return
    account city phone code sign here first second week month year office form weight height table value sum
    average time hours result notes team score left right open report invoice paid due tax city postal school
    teacher student grade answer question exercise solve write below above each box with black pen only do not
    leave blank official use reference department signature telephone address quantity description unit Monday
    Tuesday Friday April June October No. Nr. Ref. Tel. A4 B2 Fig. 12 2024 3.5 10% 24/7 1st 15:30 007 1,250"""


def find_fonts() -> list[pathlib.Path]:
    """Return the files of fonts that come with matplotlib or the system; there may be none."""
    spec = importlib.util.find_spec("matplotlib")
    folders = [SYSTEM]
    if spec and spec.origin:
        folders.append(pathlib.Path(spec.origin).parent / "mpl-data/fonts/ttf")
    files = {path.name: path for folder in folders for path in folder.rglob("*.ttf")}
    return [files[name] for name in sorted(files) if name.startswith(FAMILIES) and "Display" not in name]


class Print:
    """A font at a size in pixels."""

    def __init__(self, size: float, random: Random, *, color: Color, strength: float) -> None:
        fonts = find_fonts()
        self.size, self.random, self.color, self.strength = size, random, color, strength
        choice = random.integers(len(fonts) + 1)
        pixels = max(6, round(size))
        self.font = (
            ImageFont.truetype(fonts[choice], pixels)
            if choice < len(fonts)
            else ImageFont.load_default(pixels)
        )

    def ink(self, text: str) -> tuple[Ink, int]:
        """Return the ink of text, cropped, and how many pixels below the ascent it begins."""
        left, top, right, bottom = self.font.getbbox(text)
        picture = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))))
        ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=self.font)
        return np.asarray(picture, np.float32) * np.float32(self.strength / 255), round(top)

    def write(self, sheet: Sheet, text: str, place: tuple[float, float], *, counted: bool = False) -> float:
        """Print text from a place (column, row) on, and return the column where it ends.

        Digits are text only where they are `counted`: each character is a mark then, else each word.
        """
        column, row = place
        for part in text if counted else text.split():
            if not part.strip():
                column += 0.3 * self.size
                continue
            ink, down = self.ink(part)
            if column + ink.shape[1] > sheet.area[2] or row + down + ink.shape[0] > sheet.area[3]:
                break
            label = int(part) if counted and part.isdigit() else None
            sheet.add(ink, (column, row + down), self.color, label=label, printed=True, text=part)
            column += ink.shape[1] + self.size * (0.08 if counted else 0.3)
        return column

    def words(self, n: int) -> str:
        """Return so many words."""
        return " ".join(self.random.choice(WORDS.split(), n))
