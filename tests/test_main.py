"""What only a process of its own can show: signals, pipes, terminals and a fast start."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from knn_digits import cli
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import Dataset
from tests.models import load_model
from tests.pages import draw, save

KNN = [sys.executable, "-m", "knn_digits"]
HEAVY = ("numpy", "cv2", "PIL", "faiss", "sklearn", "tqdm", "csv", "urllib.request")
posix = pytest.mark.skipif(os.name != "posix", reason="signals, /dev and terminals are POSIX's")
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="session")
def photo(sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return save(tmp_path_factory.mktemp("photo") / "photo.png", draw(sample.digits, (3, 1, 4)))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A model that is slow to evaluate."""
    path = tmp_path_factory.mktemp("model") / "model.npz"
    fitting = [
        "fit",
        "--data",
        "sample",
        "--features",
        "pixels",
        "--backend",
        "sklearn",
        "--output",
        str(path),
    ]
    assert cli.run(fitting) == 0
    return path


def shell(command: str, *paths: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which KNN is the command and $1, $2 … are paths."""
    line = command.replace("KNN", '"$0" -m knn_digits')
    words = ["sh", "-c", line, sys.executable, *map(str, paths)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


# start


@pytest.mark.parametrize("arguments", [["--help"], ["classify", "--help"], ["--version"], ["fit", "--nope"]])
def test_help_starts_fast_and_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"""
import sys
from knn_digits.cli import run
run({arguments!r})
sys.exit(", ".join(name for name in {HEAVY!r} if name in sys.modules) or 0)
"""
    started = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr


def test_classify_with_the_bundled_model_loads_nothing_that_it_does_not_need(photo: pathlib.Path) -> None:
    others = {"cli.fit", "cli.serve", "parallel.cluster", "parallel.pool", "reports.canvas"}
    needless = {"faiss", "sklearn", "scipy", "tqdm", "secrets", *(f"knn_digits.{name}" for name in others)}
    script = f"""
import sys
from knn_digits.cli import run
assert run(["classify", {str(photo)!r}]) == 0
sys.exit(", ".join({needless!r} & set(sys.modules)))
"""
    started = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (started.stdout, started.stderr.strip()) == ("314\n", "")


def test_the_installed_command_is_the_module() -> None:
    command = shutil.which("knn-digits", path=pathlib.Path(sys.executable).parent)
    assert command is not None
    one, two = (
        subprocess.run([*line, "--help"], capture_output=True, check=True) for line in ([command], KNN)
    )
    assert one.stdout == two.stdout


# pipes


@posix
def test_a_photo_may_come_through_a_pipe(photo: pathlib.Path) -> None:
    done = shell('KNN classify - < "$1"', photo)
    assert (done.returncode, done.stdout, done.stderr) == (0, "314\n", "")


@posix
@pytest.mark.parametrize("form", ["", "--csv", "--json", "--jsonl"])
def test_a_reader_that_has_enough_ends_it_without_a_word(photo: pathlib.Path, form: str) -> None:
    done = shell(f'{{ KNN classify {form} "$1" "$1" "$1"; echo $? >&2; }} | true', photo)
    assert done.stderr == "0\n"


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs Linux's /dev/full")
@pytest.mark.parametrize("form", ["", "--csv", "--json", "--jsonl"])
def test_a_full_disk_behind_stdout_is_told_in_one_line(photo: pathlib.Path, form: str) -> None:
    done = shell(f'KNN classify {form} "$1" > /dev/full', photo)
    assert (done.returncode, done.stderr) == (
        6,
        "knn-digits: cannot use the output: No space left on device\n",
    )


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_behind_stderr_changes_neither_results_nor_exit_code(photo: pathlib.Path) -> None:
    done = shell('KNN classify "$1.missing" "$1" 2> /dev/full', photo)
    assert (done.returncode, done.stdout) == (1, f"{photo}:\n314\n")
    assert shell('KNN classify "$1" > /dev/full 2> /dev/full', photo).returncode == 6
    assert shell("KNN learn --undo 2> /dev/full").returncode == 3


@posix
@pytest.mark.parametrize("form", ["", "--csv", "--json", "--jsonl"])
def test_closed_streams_are_no_failure(photo: pathlib.Path, form: str) -> None:
    done = shell(f'KNN classify {form} "$1" <&- >&- 2>&-', photo)
    assert done.returncode == 0
    done = shell(f'KNN classify {form} "$1" "$1.missing" 2>&-', photo)
    assert done.returncode == 1
    assert done.stdout


@posix
@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
@pytest.mark.parametrize("form", ["", "--csv", "--json"])
def test_a_name_that_the_terminal_cannot_show_is_escaped(
    photo: pathlib.Path, tmp_path: pathlib.Path, encoding: str, form: str
) -> None:
    for name in ("数字", os.fsdecode(b"\xff")):
        shutil.copy(photo, tmp_path / f"{name}.png")
    done = shell(f'PYTHONIOENCODING={encoding} KNN classify {form} "$1"', tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert ".png" in done.stdout
    if encoding != "ascii" or form == "--json":  # Click takes ASCII for a mistake and prints UTF-8 with ?
        assert "\\udcff.png" in done.stdout


# signals


def interrupted(arguments: list[str], *, after: str) -> tuple[str, str]:
    """Press Ctrl-C once this text has come; return stdout and stderr."""
    with subprocess.Popen(
        [*KNN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        stream = process.stderr if after in ("fitting", "evaluating") else process.stdout
        first = stream.readline()
        assert first.startswith(after)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        # Python ends by the signal itself where it came while a library ran code; a shell says 130 of both.
        assert process.returncode in (130, -signal.SIGINT)
    return (out, first + err) if stream is process.stderr else (first + out, err)


@posix
def test_an_interrupted_fit_leaves_one_line_and_nothing_half_written(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.npz"
    old = BUNDLED.read_bytes()
    path.write_bytes(old)
    fitting = ["fit", "--data", "sample", "--features", "deskewed", "--output", str(path)]
    out, err = interrupted(fitting, after="fitting")
    assert (out, err.splitlines()[1:]) == ("", ["knn-digits: interrupted"])
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_an_interrupted_evaluation_prints_no_numbers(model: pathlib.Path) -> None:
    evaluating = ["evaluate", "--json", "--data", "sample", "--model", str(model)]
    out, err = interrupted(evaluating, after="evaluating")
    assert (out, err.splitlines()[-1]) == ("", "knn-digits: interrupted")


@posix
def test_an_interrupted_classify_has_whole_lines_and_whole_pictures(
    photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    reading = ["classify", "--csv", "--annotate", str(tmp_path), *[str(photo)] * 300]
    out, err = interrupted(reading, after="path,line")
    assert err == "knn-digits: interrupted\n"
    assert {line.count(",") for line in out.splitlines()} == {9}
    assert out.endswith("\n")
    assert {path.suffix for path in tmp_path.iterdir()} <= {".png"}


@pytest.mark.parametrize("module", ["click", "numpy"])
def test_ctrl_c_while_a_module_is_loaded_leaves_one_line(module: str, photo: pathlib.Path) -> None:
    script = f"""
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
sys.argv[1:] = ["classify", {str(photo)!r}]
from knn_digits.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "knn-digits: interrupted\n")


def ended(line: list[str], sign: signal.Signals, *, after: int, wait: float = 0) -> tuple[bytes, bytes, int]:
    """Send a signal once so many bytes have come; return stdout, stderr and the exit code."""
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        first = b""
        while len(first) < after:
            first += process.stdout.read(after)
        time.sleep(wait)
        process.send_signal(sign)
        time.sleep(wait / 5)
        rest, err = process.communicate(timeout=60)
        return first + rest, err, process.returncode


@posix
@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_json_that_is_ended_by_a_signal_is_whole(
    form: str, sign: signal.Signals, code: int, photo: pathlib.Path
) -> None:
    line = [*KNN, "classify", form, *[str(photo)] * 300]
    out, err, returned = ended(line, sign, after=100)
    assert returned == code
    assert err == (b"knn-digits: interrupted\n" if sign == signal.SIGINT else b"")
    found = json.loads(out) if form == "--json" else list(map(json.loads, out.splitlines()))
    assert 0 < len(found) < 300
    assert {entry["text"] for entry in found} == {"314"}


@posix
def test_json_is_whole_where_its_reader_is_slow_and_ctrl_c_comes_while_it_is_printed(
    photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / ("n" * 200)
    folder.mkdir()
    fast = [
        *[str(folder / f"{place:0200}.png") for place in range(400)]
    ]  # each is missing, which is told at once
    line = [*KNN, "classify", "--json", *fast]
    out, _, returned = ended(line, signal.SIGINT, after=1, wait=0.5)  # until the pipe is full
    assert returned == 130
    assert 0 < len(json.loads(out)) < 400


def has_begun(folder: pathlib.Path) -> bool:
    """Tell whether a model is being written; a probe of the folder vanishes while it is looked at."""
    with contextlib.suppress(FileNotFoundError):
        return any(part.stat().st_size for part in folder.glob(".model.npz.*.part"))
    return False


@posix
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_fit_that_is_ended_leaves_nothing_half_written(
    sign: signal.Signals, tmp_path: pathlib.Path
) -> None:
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 256, (8_000, 28, 28), np.uint8)  # noise packs slowly
    np.savez(tmp_path / "noise.npz", digits=digits, labels=np.arange(8_000) % 10)
    folder = tmp_path / "models"
    line = [*KNN, "fit", "--data", str(tmp_path / "noise.npz"), "--features", "pixels", "--output"]
    with subprocess.Popen([*line, str(folder / "model.npz")], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not has_begun(folder):
            time.sleep(0.001)
        process.send_signal(sign)
    assert process.returncode in (128 + sign, 0)
    assert not list(folder.glob(".*"))


@posix
def test_a_signal_that_is_ignored_stays_so(photo: pathlib.Path) -> None:
    done = shell('trap "" HUP; KNN classify "$1" & sleep 0.5; kill -HUP $!; wait $!', photo)
    assert (done.returncode, done.stdout) == (0, "314\n")


def test_importing_the_package_asks_for_no_signal() -> None:
    script = "import signal, knn_digits, knn_digits.cli, knn_digits.__main__, knn_digits.reading\n"
    script += "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_end_of_a_command_looks_for_no_garbage() -> None:
    script = "import atexit, gc, sys; from knn_digits.__main__ import main\n"
    script += "atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects())))\n"
    script += "sys.argv = ['knn-digits', '--version']; main()"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "True"


@posix
def test_a_kill_while_the_model_is_saved_leaves_the_old_one(tmp_path: pathlib.Path) -> None:
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 256, (8_000, 28, 28), np.uint8)  # noise packs slowly
    np.savez(tmp_path / "noise.npz", digits=digits, labels=np.arange(8_000) % 10)
    folder = tmp_path / "models"
    path = folder / "model.npz"
    first = ["fit", "--data", "sample", "--features", "blocks", "--output", str(path)]
    subprocess.run([*KNN, *first], check=True, capture_output=True)
    old = path.read_bytes()
    second = ["fit", "--data", str(tmp_path / "noise.npz"), "--features", "pixels", "--output", str(path)]
    with subprocess.Popen([*KNN, *second], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(list(folder.iterdir())) == 1:
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert path.read_bytes() == old
    assert load_model(path)[0]["feature"]["name"] == "blocks"


# a terminal


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal of 80 columns: what the user sees, and what a program writes to."""
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    user, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")
    yield user, program
    os.close(user)
    os.close(program)


def seen(user: int) -> str:
    shown = b""
    while select.select([user], [], [], 0.1)[0]:
        shown += os.read(user, 65536)
    return shown.decode()


@pytest.mark.parametrize(
    "arguments", [["fit", "--data", "sample"], ["evaluate", "--data", "sample"], ["classify", "--json"]]
)
def test_a_terminal_shows_a_progress_bar_and_wipes_it(
    photo: pathlib.Path, tmp_path: pathlib.Path, terminal: tuple[int, int], arguments: list[str]
) -> None:
    user, program = terminal
    more = {"fit": ["--output", str(tmp_path / "model.npz")], "classify": [str(photo)] * 3}
    line = [*KNN, *arguments, *more.get(arguments[0], [])]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=program, check=True)
    shown = seen(user)
    assert "%|" in shown
    assert shown.endswith("\r")
    assert b"%|" not in done.stdout


def test_the_lines_of_photos_are_not_mixed_with_a_bar(photo: pathlib.Path, terminal: tuple[int, int]) -> None:
    user, program = terminal
    subprocess.run([*KNN, "classify", str(photo), str(photo)], stdout=program, stderr=program, check=True)
    assert seen(user) == f"{photo}:\r\n314\r\n" * 2


def test_talk_on_a_terminal_stands_above_the_bar(photo: pathlib.Path, terminal: tuple[int, int]) -> None:
    user, program = terminal
    line = [*KNN, "classify", "--csv", str(photo), "missing.png", str(photo)]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=program, check=False)
    assert done.returncode == 1
    told = next(shown for shown in seen(user).split("\n") if "missing.png" in shown)
    assert told.rsplit("\r", 2)[-2].startswith("knn-digits: missing.png: cannot open the file")
