import pathlib

import pytest

from knn_digits.images import list_folder, list_pictures
from knn_digits.images.folders import EXTRA, FORMATS, OTHER_PHOTOS, is_companion


def fill(folder: pathlib.Path, *names: str) -> pathlib.Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_pictures_of_every_usual_ending_are_seen(tmp_path: pathlib.Path) -> None:
    names = [
        f"{place:02}{ending}" for place, ending in enumerate(e for group in FORMATS.values() for e in group)
    ]
    assert {".jfif", ".jif", ".jpe", ".pnm", ".dib", ".apng"} <= {name[2:] for name in names}
    listing = list_folder(fill(tmp_path, *names))
    assert [path.name for path in listing.pictures] == names
    assert (listing.passed_over, listing.lacks_photos) == (None, False)


def test_companions_of_photos_are_passed_over_in_silence(tmp_path: pathlib.Path) -> None:
    fill(tmp_path, "a.png", "._a.png", ".DS_Store", "Thumbs.db", "desktop.ini", "truth.json", ".hidden.png")
    (tmp_path / "@eaDir").mkdir()
    listing = list_folder(tmp_path)
    assert [path.name for path in listing.pictures] == ["a.png"]
    assert list_pictures(tmp_path) == [tmp_path / "a.png"]
    assert (listing.passed_over, listing.lacks_photos) == (None, False)
    assert is_companion("lost+found")
    assert not is_companion("7")


def test_what_is_no_photo_is_told_and_lacks_none(tmp_path: pathlib.Path) -> None:
    fill(tmp_path, "a.png", "b.txt", "c.TXT", "d", "e.csv")
    (tmp_path / "more").mkdir()
    listing = list_folder(tmp_path)
    assert listing.passed_over == (
        "4 files passed over: 1 .csv, 2 .txt, 1 without an ending; 1 folder not entered: name it"
    )
    assert not listing.lacks_photos


def test_photos_that_need_a_package_or_another_format_are_told_with_the_remedy(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    listing = list_folder(fill(tmp_path, "a.png", "b.heic", "c.HEIC", "d.pdf", "e.dng"))
    assert listing.passed_over == (
        "4 files passed over: 1 .dng (save them as JPEG or PNG), 2 .heic (pip install 'knn-digits[heic]'), "
        "1 .pdf (pip install 'knn-digits[pdf]')"
    )
    assert listing.lacks_photos
    assert [path.name for path in listing.pictures] == ["a.png"]


def test_with_their_packages_they_are_seen(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    listing = list_folder(fill(tmp_path, "b.heic", "c.heif", "d.pdf", "e.hif"))
    assert len(listing.pictures) == 4
    assert listing.passed_over is None


def test_a_link_that_leads_nowhere_is_a_photo_that_cannot_be_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.png").symlink_to("nowhere")
    assert list_folder(tmp_path).pictures == (tmp_path / "a.png",)


def test_an_ending_means_one_thing() -> None:
    endings = [ending for group in FORMATS.values() for ending in group]
    endings += [ending for _, _, group in EXTRA.values() for ending in group]
    endings += OTHER_PHOTOS
    assert len(endings) == len(set(endings))
