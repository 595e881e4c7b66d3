"""A folder -> the pictures in it, and a line about what is passed over."""

import collections
import importlib.util
import pathlib
from dataclasses import dataclass

from knn_digits.plain import counted

FORMATS = {  # Pillow's names and the file endings by which folders are searched
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jif", ".jfif", ".jfi", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
EXTRA = {  # formats that need one more package: its module, the extra that brings it, the endings
    "HEIC": ("pillow_heif", "heic", (".heic", ".heif", ".hif")),
    "PDF": ("pypdfium2", "pdf", (".pdf",)),
}
# What people keep photos in, too, and which is not read.
OTHER_PHOTOS: tuple[str, ...] = (
    ".arw",
    ".avif",
    ".cr2",
    ".cr3",
    ".djvu",
    ".dng",
    ".eps",
    ".ico",
    ".j2k",
    ".jp2",
    ".jpf",
    ".jpx",
    ".jxl",
    ".jxr",
    ".nef",
    ".orf",
    ".pcx",
    ".psd",
    ".raf",
    ".raw",
    ".rw2",
    ".svg",
    ".tga",
    ".xcf",
)
CONVERT = "save them as JPEG or PNG"
# What programs leave beside photos, and our own list of what is written in them.
COMPANIONS: tuple[str, ...] = (
    "desktop.ini",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "thumbs.db",
    "truth.json",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "lost+found",
    "system volume information",
    "__macosx",
)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is seen in a folder; its sub-folders are not entered."""

    pictures: tuple[pathlib.Path, ...]  # sorted by name
    passed_over: str | None  # a line about everything else, None where there is nothing
    lacks_photos: bool  # whether photos are among that


def list_folder(folder: pathlib.Path) -> Listing:
    """Return a folder's pictures, by their endings, and what is passed over; OSError if it is none.

    Companions that programs and systems leave beside photos are no loss, and are not told.
    """
    pictures, others, lacks = [], collections.Counter[str](), False
    for path in _seen(folder):
        ending = path.suffix.lower()
        if path.is_dir():
            others["folder"] += 1
        elif remedy := _remedy(ending):
            others[f"{ending} ({remedy})"] += 1
            lacks = True
        elif ending in _endings():
            pictures.append(path)
        else:
            others[ending or "without an ending"] += 1
    return Listing(pictures=tuple(pictures), passed_over=_passed_over(others), lacks_photos=lacks)


def list_pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the picture files in `folder`, by their endings, sorted by name; sub-folders are not entered.

    Those that need one more package are among them, and links that lead nowhere: reading them tells.
    """
    return [path for path in _seen(folder) if path.suffix.lower() in _endings() and not path.is_dir()]


def is_companion(name: str) -> bool:
    """Tell whether programs leave a file or folder of this name beside photos, as `._a.png`, `Thumbs.db`."""
    return name.startswith(".") or name.lower() in COMPANIONS


def missing_part(name: str) -> str | None:
    """Return how to install what a format of `EXTRA` needs, None where it is there."""
    module, extra, _ = EXTRA[name]
    return None if importlib.util.find_spec(module) else f"pip install 'knn-digits[{extra}]'"


def _endings() -> frozenset[str]:
    groups = [*FORMATS.values(), *(endings for _, _, endings in EXTRA.values())]
    return frozenset(ending for group in groups for ending in group)


def _remedy(ending: str) -> str | None:
    """Return what makes photos of this ending readable, None for those that are and for what is no photo."""
    for name, (_, _, endings) in EXTRA.items():
        if ending in endings:
            return missing_part(name)
    return CONVERT if ending in OTHER_PHOTOS else None


def _seen(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in folder.iterdir() if not is_companion(path.name))


def _passed_over(others: collections.Counter[str]) -> str | None:
    folders = others.pop("folder", 0)
    said = []
    if others:
        parts = ", ".join(f"{count} {what}" for what, count in sorted(others.items()))
        said.append(f"{counted(others.total(), 'file')} passed over: {parts}")
    if folders:
        said.append(
            "1 folder not entered: name it" if folders == 1 else f"{folders} folders not entered: name them"
        )
    return "; ".join(said) or None
