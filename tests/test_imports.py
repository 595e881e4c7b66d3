import pathlib
import pkgutil
import subprocess
import sys

import knn_digits

ROOT = pathlib.Path(knn_digits.__file__).parents[1]
HEAVY = {"torch", "faiss", "sklearn", "matplotlib", "jinja2"}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(knn_digits.__path__, "knn_digits.")
    if not module.name.endswith("__main__")
)


def loaded_by(statement: str) -> set[str]:
    """Return the top-level names that a fresh Python has loaded after a statement."""
    program = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stderr == ""
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import knn_digits") & HEAVY


def test_importing_all_public_names_loads_nothing_heavy() -> None:
    assert not loaded_by("from knn_digits import *") & HEAVY


def test_importing_every_module_loads_nothing_heavy() -> None:
    apart = {"knn_digits.estimators"}  # where sklearn's classes are subclassed
    modules = [name for name in MODULES if not name.startswith(tuple(apart))]
    assert len(modules) > 15
    assert not loaded_by(f"import {', '.join(modules)}") & HEAVY


def test_reading_a_photo_loads_nothing_slow_that_it_does_not_need() -> None:
    slow = "{'importlib.metadata', 'email', 'sklearn', 'faiss', 'numpy.ma', 'knn_digits.datasets'}"
    read = f"knn_digits.read_photo('{ROOT}/samples/single.png').text, {slow} & set(sys.modules) - numpys"
    program = f"import sys, numpy; numpys = set(sys.modules); import knn_digits; print(*{read})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "5 set()\n"


def test_importing_never_goes_near_the_network() -> None:
    assert not loaded_by("import knn_digits") & {"urllib3", "requests", "http"}


def test_the_public_names_are_sorted_and_all_there() -> None:
    public = knn_digits.__all__
    assert list(public) == sorted(set(public))
    assert all(hasattr(knn_digits, name) for name in public)


def test_the_package_says_its_version_and_is_typed() -> None:
    assert knn_digits.__version__.count(".") == 2
    assert pathlib.Path(knn_digits.__file__).with_name("py.typed").is_file()
