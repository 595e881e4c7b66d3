import json
import pathlib
import re

from knn_digits.datasets import Dataset
from tests.benchmarks.conftest import Run
from tests.pages import draw, save


def write_photos(folder: pathlib.Path, sample: Dataset) -> pathlib.Path:
    """Save three photos of one source, and one of another source."""
    truth = []
    for number in range(4):
        save(folder / f"{number}.png", draw(sample.digits, range(10 * number, 10 * number + 3)))
        source = "lone/writer" if number == 3 else "some/writer"
        truth.append({"file": f"{number}.png", "lines": ["012"], "source": source})
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder


def test_each_photo_is_read_after_its_siblings_have_taught_and_the_table_is_printed(
    measure: Run, tables: Run, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    photos = write_photos(tmp_path / "photos", sample)
    done = measure("corrections", photos, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out" / "corrections.json").read_text())["result"]
    read = results["models"]["bundled"]["photos"]
    assert [photo["taught"] for photo in read] == [{"ten": 6, "all": 6}] * 3
    assert all(photo["scores"][way]["wrong"] == 0 for photo in read for way in ("before", "ten", "all"))
    assert "writer" not in json.dumps(results)
    shown = tables(tmp_path / "out" / "corrections.json").stdout
    assert re.search(r"\| bundled \| +all \| +3 \| +9 \| +0 \| +0 \| +0 \|", shown)


def test_without_photos_or_siblings_it_ends_with_one_clear_line(
    measure: Run, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    done = measure("corrections")
    assert (done.returncode, done.stderr) == (
        2,
        "corrections.py: the following arguments are required: PHOTO_DIR; see --help\n",
    )
    save(tmp_path / "a.png", draw(sample.digits, (1, 2)))
    (tmp_path / "truth.json").write_text('[{"file": "a.png", "lines": ["12"], "source": "s"}]')
    done = measure("corrections", tmp_path)
    assert done.returncode == 3
    assert done.stderr == (
        "corrections.py: no source has several photos, so there is nothing to learn from the others\n"
    )
