import pathlib

import cv2
import numpy as np
import pytest

from knn_digits import digit, images
from knn_digits.arrays import Pixels
from knn_digits.datasets import ground, load_dataset
from knn_digits.errors import DataError


@pytest.fixture(scope="module")
def sample() -> Pixels:
    return load_dataset("sample").digits[:40]


def fill(root: pathlib.Path, pictures: Pixels) -> None:
    """Write picture i as root/(i % 10)/i.png."""
    for i, picture in enumerate(pictures):
        path = root / str(i % 10) / f"{i:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.encode_png(picture))


def test_digits_as_mnist_draws_them_are_taken_as_they_are(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path / "set", sample)
    dataset = load_dataset(tmp_path / "set")
    assert dataset.labels.tolist() == [i // 4 for i in range(40)]
    assert (dataset.digits == np.concatenate([sample[i::10] for i in range(10)])).all()
    assert (dataset.name, dataset.split) == ("set", "all")


def test_train_and_test_below_the_folder_are_its_parts(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path / "train", sample[:30])
    fill(tmp_path / "test", sample[30:])
    assert (len(load_dataset(tmp_path).digits), load_dataset(tmp_path).split) == (30, "train")
    assert len(load_dataset(tmp_path, split="test").digits) == 10
    assert len(load_dataset(tmp_path, split="all").digits) == 40


def test_asking_one_unnamed_part_for_a_split_is_told(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    with pytest.raises(
        DataError, match="has one part, so there is no test part; `--split all` uses it whole"
    ):
        load_dataset(tmp_path, split="test")


def on_paper(sample: Pixels, *, side: int, paper: int, ink: int, noise: float) -> Pixels:
    large = np.stack([cv2.resize(d, (side, side), interpolation=cv2.INTER_CUBIC) for d in sample])
    grains = np.random.default_rng(0).normal(0, noise, large.shape)
    return (paper + (float(ink) - paper) * large / 255 + grains).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("side", "paper", "ink", "noise"),
    [
        (28, 255, 0, 0),
        (28, 200, 60, 2),
        (28, 90, 230, 0),
        (140, 215, 70, 4),
        (140, 30, 180, 4),
        (900, 255, 0, 0),
    ],
)
def test_other_paper_ink_and_size_give_nearly_the_same_digits(
    tmp_path: pathlib.Path, sample: Pixels, side: int, paper: int, ink: int, noise: float
) -> None:
    fill(tmp_path, on_paper(sample, side=side, paper=paper, ink=ink, noise=noise))
    digits = load_dataset(tmp_path).digits.reshape(40, -1).astype(float)
    truth = np.concatenate([sample[i::10] for i in range(10)]).reshape(40, -1).astype(float)
    likeness = [np.corrcoef(pair)[0, 1] for pair in zip(digits, truth, strict=True)]
    assert np.median(likeness) > 0.9
    assert (digits.max(axis=1) > 200).all()


def test_only_faint_ink_is_lost_of_dark_ink_on_white(tmp_path: pathlib.Path, sample: Pixels) -> None:
    stretched = np.rint(sample * (255 / sample.max(axis=(1, 2), keepdims=True))).astype(np.uint8)
    cut = np.where(stretched < ground.FAINT[0], 0, stretched).astype(np.uint8)
    fill(tmp_path, 255 - sample)
    digits = load_dataset(tmp_path).digits
    assert (digits == digit.normalize(np.concatenate([cut[i::10] for i in range(10)]))).all()


def test_a_blank_picture_gives_no_ink(tmp_path: pathlib.Path) -> None:
    grey = np.random.default_rng(0).integers(190, 200, (1, 60, 40), dtype=np.uint8)
    fill(tmp_path, grey)
    assert not load_dataset(tmp_path).digits.any()


def test_color_and_transparent_pictures_are_read(tmp_path: pathlib.Path, sample: Pixels) -> None:
    (tmp_path / "7").mkdir()
    blank = np.full((28, 28, 4), 0, np.uint8)
    blank[..., 3] = sample[7]
    cv2.imwrite(str(tmp_path / "7" / "a.png"), blank)
    assert np.corrcoef(load_dataset(tmp_path).digits[0].ravel(), sample[7].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("ink", [0, 128, 255])
def test_ink_on_a_transparent_ground_is_never_a_blank_digit(
    tmp_path: pathlib.Path, sample: Pixels, ink: int
) -> None:
    (tmp_path / "7").mkdir()
    for side in (28, 90):
        clear = np.full((side, side, 4), ink, np.uint8)
        clear[..., 3] = cv2.resize(sample[7], (side, side))
        cv2.imwrite(str(tmp_path / "7" / f"{side}.png"), clear)
    for found in load_dataset(tmp_path).digits:
        assert np.corrcoef(found.ravel(), sample[7].ravel())[0, 1] > 0.9


def test_other_sub_folders_are_refused(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    (tmp_path / "ten").mkdir()
    with pytest.raises(DataError, match=r"has the sub-folder ten, but its sub-folders must be named 0\.\.9"):
        load_dataset(tmp_path)


def test_other_sub_folders_beside_train_are_refused(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path / "train", sample)
    fill(tmp_path, sample[:1])
    with pytest.raises(DataError, match="has the sub-folder 0 beside train"):
        load_dataset(tmp_path)


def test_hidden_folders_and_other_files_are_passed_over(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    for name in (".git", "__MACOSX"):
        (tmp_path / name).mkdir()
    (tmp_path / "0" / "Thumbs.db").write_bytes(b"no picture")
    (tmp_path / "README.txt").write_text("no picture")
    assert len(load_dataset(tmp_path).digits) == 40


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_an_unreadable_picture_is_told_by_its_name(
    tmp_path: pathlib.Path, sample: Pixels, content: bytes
) -> None:
    fill(tmp_path, sample)
    (tmp_path / "3" / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match=r"3.bad\.png: .*; replace or remove it"):
        load_dataset(tmp_path)


def test_a_folder_without_data_is_told_what_is_allowed(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match=r"has no data: a folder needs IDX files .* or a sub-folder"):
        load_dataset(tmp_path)
    (tmp_path / "0").mkdir()
    with pytest.raises(DataError, match="hold no pictures"):
        load_dataset(tmp_path)


def test_order_is_by_class_then_by_name(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample[::-1])
    first, second = load_dataset(tmp_path), load_dataset(tmp_path)
    assert first.sha256 == second.sha256
    assert (np.diff(first.labels) >= 0).all()


HIDDEN = ("._3.png", ".DS_Store", ".hidden.png", "Thumbs.db", "desktop.ini", "~$3.png")
SYSTEM = ("@eaDir", "lost+found", "#recycle", "$RECYCLE.BIN", "System Volume Information", "__MACOSX", ".git")


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_file_anywhere_is_passed_over(tmp_path: pathlib.Path, sample: Pixels, name: str) -> None:
    fill(tmp_path / "train", sample)
    for folder in (tmp_path, tmp_path / "train", tmp_path / "train" / "3"):
        (folder / name).write_bytes(b"\0\5\26\7")
    dataset = load_dataset(tmp_path)
    assert (len(dataset.digits), dataset.notes) == (40, ())


@pytest.mark.parametrize("name", SYSTEM)
def test_a_folder_of_the_system_anywhere_is_passed_over(
    tmp_path: pathlib.Path, sample: Pixels, name: str
) -> None:
    fill(tmp_path / "train", sample)
    for folder in (tmp_path, tmp_path / "train", tmp_path / "train" / "3"):
        (folder / name).mkdir()
        (folder / name / "3.png").write_bytes(b"no picture")
    dataset = load_dataset(tmp_path)
    assert (len(dataset.digits), dataset.notes) == (40, ())


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Validation", "dev"])
@pytest.mark.parametrize("part", ["train", "."])
def test_a_validation_part_is_passed_over_and_told(
    tmp_path: pathlib.Path, sample: Pixels, name: str, part: str
) -> None:
    fill(tmp_path / part, sample[:30])
    fill(tmp_path / name, sample[30:])
    dataset = load_dataset(tmp_path)
    assert len(dataset.digits) == 30
    assert dataset.notes == (f"{tmp_path / name} is not used: to use its pictures, name it as the data",)
    assert len(load_dataset(tmp_path / name).digits) == 10


@pytest.mark.parametrize(("train", "test"), [("training", "testing"), ("Train", "TEST")])
def test_parts_may_be_named_in_other_usual_ways(
    tmp_path: pathlib.Path, sample: Pixels, train: str, test: str
) -> None:
    fill(tmp_path / train, sample[:30])
    fill(tmp_path / test, sample[30:])
    assert (len(load_dataset(tmp_path).digits), load_dataset(tmp_path).split) == (30, "train")
    assert len(load_dataset(tmp_path, split="test").digits) == 10


def test_two_names_of_one_part_are_refused(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path / "train", sample)
    fill(tmp_path / "training", sample)
    with pytest.raises(DataError, match="two names for one part"):
        load_dataset(tmp_path)


def test_what_may_have_been_meant_is_told_with_its_number(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    for name in ("a.cr2", "b.CR2", "c.txt", "d"):
        (tmp_path / "3" / name).write_bytes(b"1")
    (tmp_path / "4" / "more").mkdir()
    (tmp_path / "beside.png").write_bytes(b"1")
    for path in (tmp_path / "5").iterdir():
        path.unlink()
    beside, empty, inner, files, missing = load_dataset(tmp_path).notes
    assert "has 1 file (1 .png) beside its sub-folders, passed over" in beside
    assert empty.endswith("has no picture in its sub-folders 5")
    assert inner.endswith("sub-folders in its classes, passed over: 4/more")
    assert "has 4 files (2 .cr2, 1 .txt, 1 without an ending) in its classes, passed over: convert" in files
    assert f"{tmp_path.name} has no 5: what is fitted on it never answers that" in missing


def test_a_link_that_leads_nowhere_is_named(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    (tmp_path / "5" / "gone.png").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"5/gone\.png: cannot open the file"):
        load_dataset(tmp_path)


def test_dark_ink_is_inverted_picture_by_picture_and_told(tmp_path: pathlib.Path, sample: Pixels) -> None:
    mixed = sample.copy()
    mixed[::4] = 255 - mixed[::4]
    fill(tmp_path, mixed)
    dataset = load_dataset(tmp_path)
    assert dataset.notes == (f"{tmp_path} has dark ink on light paper in 10 of its 40 pictures: inverted",)
    assert (dataset.digits.mean(axis=(1, 2)) < 100).all()


def test_faint_pictures_of_28_by_28_are_stretched_as_others_are(
    tmp_path: pathlib.Path, sample: Pixels
) -> None:
    fill(tmp_path, sample // 8)
    assert (load_dataset(tmp_path).digits.max(axis=(1, 2)) == 255).all()


def test_pictures_without_ink_are_told(tmp_path: pathlib.Path, sample: Pixels) -> None:
    blank = sample.copy()
    blank[:4] = np.minimum(blank[:4], 1)  # as masks of 0 and 1 are saved
    fill(tmp_path, blank)
    assert "has 4 blank digits among 40" in load_dataset(tmp_path).notes[0]


def test_all_unreadable_pictures_are_counted(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path, sample)
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / "3" / name).write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"3.a\.png: .*; replace or remove it \(2 more cannot be read\)"):
        load_dataset(tmp_path)


def test_a_folder_around_the_data_is_told_where_the_data_is(tmp_path: pathlib.Path, sample: Pixels) -> None:
    fill(tmp_path / "inner" / "train", sample)
    with pytest.raises(DataError, match=r"has no data: .*; perhaps you mean .*inner$"):
        load_dataset(tmp_path)
