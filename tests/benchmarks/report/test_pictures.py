import pathlib

from PIL import Image

from tests.benchmarks.conftest import run


def test_what_is_measured_is_drawn(small_data: pathlib.Path, tmp_path: pathlib.Path) -> None:
    done = run("-m", "benchmarks.report.pictures", "--data", small_data, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("corruptions.png", "nondigits.png", "errors.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 200
