"""A machine -> findings: what is installed, whether it works, and what to do where it does not.

Nothing here may stop at a package that is missing or broken: that is what it is asked for.
"""

import functools
import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from knn_digits.plain import counted, plain

PACKAGES = {  # what is imported -> what is installed
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "faiss": "faiss-cpu",
    "sklearn": "scikit-learn",
    "scipy": "scipy",
    "PIL": "pillow",
    "jinja2": "jinja2",
}
OPENCV = "opencv-python-headless"
# The words of the room, written again because a broken NumPy or OpenCV keeps it from being loaded.
BACKENDS = ("faiss", "opencv", "pca", "sklearn")
OLD_KERNELS = ("Prescott", "Core2", "Barcelona", "Nehalem")  # of OpenBLAS, without AVX
AVX2 = 11  # what OpenCV asks for it by, `CPU_AVX2` in its C++
ONE_OF = ("opencv", "faiss")  # wheels whose names begin so own one and the same folder


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
    text : str
        What was found, in one line.
    remedy : str
        What to do; nothing if all is well.
    """

    name: str
    text: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything that `knn-digits` needs, one finding after the other."""
    yield Finding(name="knn-digits", text=_version("knn-digits"))
    yield Finding(name="Python", text=f"{platform.python_version()}, {platform.platform()}, {sys.executable}")
    packages = [_find_package(module, package) for module, package in PACKAGES.items()]
    wheels = [_find_wheels(prefix) for prefix in ONE_OF]
    yield from packages
    yield from wheels
    ill = any(finding.remedy for finding in packages + wheels)
    remedy = "" if ill else "`pip install --force-reinstall knn-digits`"  # else what is told already
    for name, look in _LOOKS.items():
        yield _guarded(name, look, remedy)
    for backend in BACKENDS:
        yield _guarded(f"backend {backend}", functools.partial(_find_backend, backend), remedy)


def _guarded(name: str, look: Callable[[], Finding], remedy: str) -> Finding:
    """Return what was found, whatever goes wrong on the way."""
    try:
        return look()
    except Exception as error:  # a broken package may raise anything when it is loaded or used
        denied = error if isinstance(error, PermissionError) else error.__cause__
        if isinstance(denied, PermissionError):
            named = f"{denied.filename}: {denied.strerror}"
            return Finding(name=name, text=named, remedy=f"make {denied.filename} readable, with its folders")
        ours = getattr(error, "exit_code", None) is not None  # such an error tells its own remedy
        kind = "" if ours else f"{type(error).__name__}: "
        text = f"does not work: {kind}{_one_line(error)}"
        return Finding(name=name, text=text, remedy="as it says above" if ours else remedy)


def _find_package(module: str, package: str) -> Finding:
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            return Finding(name=module, text="is not installed", remedy=f"`pip install {package}`")
        remedy = f"`pip install {PACKAGES.get(str(error.name), error.name)}`"
        return Finding(name=module, text=f"is broken: {_one_line(error)}", remedy=remedy)
    except Exception as error:  # whatever a broken wheel raises
        text = f"is broken: {type(error).__name__}: {_one_line(error)}"
        return Finding(name=module, text=text, remedy=f"`pip install --force-reinstall {package}`")
    text = str(getattr(loaded, "__version__", _version(package)))
    if module == "faiss":
        text += f", {_build(loaded)}"
    if module == "cv2" and not hasattr(loaded, "ml"):
        return Finding(
            name=module, text=f"{text}, without cv2.ml", remedy=f"`pip install '{OPENCV}>=4.10,<5'`"
        )
    return Finding(name=module, text=text)


def _build(faiss: object) -> str:
    """Return whether this FAISS is the CPU or the GPU build, and which instructions it uses."""
    kind = "GPU build" if hasattr(faiss, "StandardGpuResources") else "CPU build"
    options = getattr(faiss, "get_compile_options", str)()
    return f"{kind}, {' '.join(options.split()) or 'SIMD unknown'}"


def _find_wheels(prefix: str) -> Finding:
    """Name every installed wheel of a family that may have one member only."""
    names = (str(found.metadata["Name"] or "") for found in importlib.metadata.distributions())
    wheels = sorted({name for name in names if name.lower().replace("_", "-").startswith(f"{prefix}-")})
    text = ", ".join(f"{name} {_version(name)}" for name in wheels) or "none"
    return Finding(
        name=f"{prefix} wheels", text=text, remedy=_keep_one(prefix, wheels) if len(wheels) > 1 else ""
    )


def _keep_one(prefix: str, wheels: list[str]) -> str:
    """Return what leaves one wheel of a family where there are several."""
    keep = next((name for name in wheels if "gpu" in name), wheels[0])
    pin = f"'{OPENCV}>=4.10,<5'" if prefix == "opencv" else keep
    return (
        f"{len(wheels)} wheels own one folder: `pip uninstall -y {' '.join(wheels)}` and then "
        f"`pip install {pin}`"
    )


def _find_threads() -> Finding:
    import cv2
    from threadpoolctl import threadpool_info

    pools = {f"{pool['user_api']} {pool['num_threads']}" for pool in threadpool_info()}
    counts = ", ".join([*sorted(pools), f"OpenCV {cv2.getNumThreads()}"])
    return Finding(name="threads", text=f"{counts}, of {os.cpu_count()} cores")


def _find_kernel() -> Finding:
    import cv2
    import faiss  # noqa: F401 - brings the OpenBLAS that is asked for
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    pool = next((pool for pool in pools if "faiss" in pool["filepath"]), None)
    if pool is None:
        return Finding(name="kernel", text="FAISS brings no OpenBLAS of its own")
    why = "as OPENBLAS_CORETYPE says" if os.environ.get("OPENBLAS_CORETYPE") else "OpenBLAS's own choice"
    slow = pool["architecture"] in OLD_KERNELS and cv2.checkHardwareSupport(AVX2)
    advice = "; this processor has AVX2: with OPENBLAS_CORETYPE=Haswell searches are faster" if slow else ""
    text = f"FAISS multiplies by {pool['architecture']} of OpenBLAS {pool['version']}, {why}{advice}"
    return Finding(name="kernel", text=text)


def _find_gpus() -> Finding:
    import faiss

    there = _list_gpus()
    if hasattr(faiss, "StandardGpuResources"):
        return Finding(name="GPUs", text=f"FAISS uses {faiss.get_num_gpus()}; {there}")
    swap = "; README tells how to swap it for the GPU build" if there.startswith("GPU") else ""
    return Finding(name="GPUs", text=f"none is used, this FAISS is the CPU build; {there}{swap}")


def _list_gpus() -> str:
    """Return what NVIDIA's driver says of this machine."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return "no NVIDIA driver is installed"
    listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return ", ".join(listed.stdout.splitlines()) or "the driver lists none"


def _find_folder(kind: str) -> Finding:
    from knn_digits import storage

    folder = storage.cache_folder() if kind == "cache" else storage.data_folder()
    # pathlib's exists raises where the folder may not be looked into.
    there = next(path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = f"make {there} a folder that you may write to, or set KNN_DIGITS_HOME to one"
        return Finding(name=f"{kind} folder", text=f"{folder}: {reason}", remedy=remedy)
    return Finding(name=f"{kind} folder", text=f"{folder}{'' if there == folder else ', not there yet'}")


def _find_mnist() -> Finding:
    from knn_digits.datasets.fetch import verify_mnist

    checks = verify_mnist()
    wrong = [f"{check.name} {check.message}" for check in checks if not check.ok]
    if not wrong:
        return Finding(name="MNIST", text="in the cache and whole")
    if all("is not in the cache" in line for line in wrong) and len(wrong) == len(checks):
        return Finding(name="MNIST", text="not in the cache; `knn-digits data fetch mnist` brings it")
    return Finding(name="MNIST", text="; ".join(wrong), remedy="`knn-digits data fetch mnist`")


def _find_model() -> Finding:
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.load import BUNDLED, find_model
    from knn_digits.features import describe_feature

    path = find_model(None)
    about = DigitKNN.load(path).about
    which = "bundled" if path == BUNDLED else "current"
    return Finding(
        name="model",
        text=f"the {which} one, {plain(str(path))}: {plain(about.data.text)}, "
        f"{describe_feature(about.feature)['name']}, k = {about.options.k}",
    )


def _find_learned() -> Finding:
    from knn_digits.classifiers.learned import load_learned

    learned = load_learned()
    digits, _ = learned.latest()
    return Finding(name="learned", text=counted(len(digits), "digit"), remedy="; ".join(learned.damaged))


_LOOKS = {
    "threads": _find_threads,
    "kernel": _find_kernel,
    "GPUs": _find_gpus,
    "cache folder": lambda: _find_folder("cache"),
    "data folder": lambda: _find_folder("data"),
    "MNIST": _find_mnist,
    "model": _find_model,
    "learned": _find_learned,
}


def _find_backend(backend: str) -> Finding:
    import numpy as np

    from knn_digits.neighbors import make_index

    vectors = np.random.default_rng(0).integers(0, 9, (200, 300)).astype(np.float32)
    squared = ((vectors[:20, None] - vectors) ** 2).sum(axis=2)
    want = np.argsort(squared, axis=1, kind="stable")[:, :5]
    distances, indices = make_index(backend, vectors).kneighbors(vectors[:20], 5)
    near = np.take_along_axis(squared, want, axis=1)
    right = (indices == want).all() and np.allclose(distances**2, near)
    remedy = "" if right else f"do not use --backend {backend}; reinstall its package"
    text = "finds the right neighbors" if right else "finds WRONG neighbors"
    return Finding(name=f"backend {backend}", text=text, remedy=remedy)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "version unknown"


def _one_line(error: BaseException) -> str:
    return plain(" ".join(str(error).split())) or type(error).__name__
