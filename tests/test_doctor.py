"""What is broken is broken in a process of its own, by a package put before the real one."""

import errno
import os
import pathlib
import subprocess
import sys
from typing import Any

import cv2
import pytest

from knn_digits import doctor, neighbors
from knn_digits.doctor import Finding, examine
from knn_digits.storage import data_folder

pytestmark = pytest.mark.usefixtures("home")
KNN_DOCTOR = [sys.executable, "-m", "knn_digits", "doctor"]


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine()}


def run_beside(folder: pathlib.Path) -> tuple[int, str]:
    """Run the command with the modules of a folder in the way; return its exit code and what it prints."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        KNN_DOCTOR, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout


def test_on_this_machine_everything_is_looked_at_and_well() -> None:
    found = findings()
    assert [finding.remedy for finding in found.values()] == [""] * len(found)
    assert {
        "Python",
        "numpy",
        "cv2",
        "faiss",
        "sklearn",
        "threads",
        "kernel",
        "GPUs",
        "MNIST",
        "model",
        "learned",
    } <= set(found)
    assert "build, " in found["faiss"].text
    assert "bundled" in found["model"].text
    assert "not there yet" in found["cache folder"].text
    assert all("\n" not in finding.text for finding in found.values())


def test_a_slow_kernel_of_faiss_is_told_with_a_faster_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    for kernel in ("Barcelona", "Haswell"):  # OpenBLAS asks once, when it is loaded
        monkeypatch.setenv("OPENBLAS_CORETYPE", kernel)
        printed = subprocess.run(KNN_DOCTOR, capture_output=True, text=True, check=True).stdout
        told[kernel] = next(line for line in printed.splitlines() if line.startswith("kernel: "))
    if "no OpenBLAS" in told["Haswell"] or not cv2.checkHardwareSupport(doctor.AVX2):
        pytest.skip("needs a FAISS with OpenBLAS, and AVX2")
    assert "by Barcelona of OpenBLAS" in told["Barcelona"]
    assert (
        "as OPENBLAS_CORETYPE says; this processor has AVX2: with OPENBLAS_CORETYPE=Haswell"
        in (told["Barcelona"])
    )
    assert told["Haswell"].endswith("as OPENBLAS_CORETYPE says")


def test_every_backend_is_asked() -> None:
    assert set(doctor.BACKENDS) == set(neighbors.BACKENDS)
    found = findings()
    assert {found[f"backend {name}"].text for name in doctor.BACKENDS} == {"finds the right neighbors"}


def test_a_second_opencv_is_a_problem_with_its_remedy(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "opencv_contrib_python-4.10.0.dist-info"
    wheel.mkdir()
    (wheel / "METADATA").write_text("Metadata-Version: 2.1\nName: opencv-contrib-python\nVersion: 4.10.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    wheels = findings()["opencv wheels"]
    assert "opencv-contrib-python 4.10.0" in wheels.text
    assert "pip uninstall -y opencv-contrib-python opencv-python-headless" in wheels.remedy
    assert "pip install 'opencv-python-headless>=4.10,<5'" in wheels.remedy


def test_a_broken_current_model_is_told_with_its_remedy() -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "model.npz").write_text("no model")
    model = findings()["model"]
    assert "fit it again" in model.text
    assert model.remedy


def test_a_damaged_file_of_learned_digits_is_told_with_its_remedy() -> None:
    folder = data_folder() / "learned"
    folder.mkdir(parents=True)
    (folder / "1.npz").write_text("no digits")
    learned = findings()["learned"]
    assert learned.text == "0 digits"
    assert "1.npz" in learned.remedy
    assert "remove it" in learned.remedy


def test_a_data_set_that_is_not_whole_is_to_be_fetched_again(home: pathlib.Path) -> None:
    mnist = home / "cache" / "mnist"
    mnist.mkdir(parents=True)
    (mnist / "train-labels-idx1-ubyte.gz").write_bytes(b"half")
    found = findings()["MNIST"]
    assert "train-labels" in found.text
    assert "data fetch mnist" in found.remedy


def test_a_file_that_may_not_be_read_is_to_be_made_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    path = data_folder() / "model.npz"
    path.parent.mkdir(parents=True)
    path.touch()
    opened = pathlib.Path.open

    def refuse(asked: pathlib.Path, *mode: Any, **settings: Any) -> Any:
        if asked == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(asked, *mode, **settings)

    monkeypatch.setattr(pathlib.Path, "open", refuse)
    found = findings()["model"]
    assert found.text == f"{path}: Permission denied"
    assert found.remedy == f"make {path} readable, with its folders"


def test_a_home_that_cannot_be_written_is_told(home: pathlib.Path) -> None:
    home.write_text("a file where the folder should be")
    found = findings()
    for kind in ("cache", "data"):
        assert f"make {home} a folder" in found[f"{kind} folder"].remedy


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        (
            "faiss",
            "raise OSError('libcudart.so.12: cannot open')",
            "faiss: is broken: OSError: libcudart.so.12",
        ),
        ("sklearn", "raise ModuleNotFoundError('gone', name='sklearn')", "sklearn: is not installed"),
        ("cv2", "__version__ = '5.0.0'", "cv2: 5.0.0, without cv2.ml"),
        (
            "numpy",
            "raise ImportError('built for\\nanother Python')",
            "numpy: is broken: ImportError: built for",
        ),
        (
            "faiss",
            "raise ModuleNotFoundError('No module named scipy', name='scipy')",
            "faiss: is broken: No module named scipy",
        ),
    ],
)
def test_a_missing_or_broken_package_is_told_once_with_its_remedy(
    tmp_path: pathlib.Path, module: str, text: str, words: str
) -> None:
    (tmp_path / f"{module}.py").write_text(text)
    code, printed = run_beside(tmp_path)
    told, to_do = printed.split("to do:")
    assert code == 1
    assert words in told
    assert "backend opencv: " in told
    assert f"- {module}: `pip install " in to_do


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everywhere")
def test_a_folder_that_may_not_be_looked_into_is_named_and_nothing_is_to_be_installed_again(
    home: pathlib.Path,
) -> None:
    home.mkdir()
    home.chmod(0)
    try:
        found = findings()
    finally:
        home.chmod(0o700)
    assert f"make {home} a folder" in found["cache folder"].remedy
    assert f"make {home / 'cache/mnist'}" in found["MNIST"].remedy
    assert not any("pip install" in finding.remedy for finding in found.values())
