"""The benchmark report by its path: `python benchmarks/report.py` is `python -m benchmarks.report`.

Python looks for modules in the folder of the script that it is given, where there is no package
`benchmarks`: so the package is loaded from where it lies, whatever folder it is run from.
"""

import importlib
import importlib.util
import pathlib
import sys

NAME = "benchmarks"
PLACE = pathlib.Path(__file__).resolve().with_name("__init__.py")


def main() -> None:
    """Load the package, then run the report."""
    spec = importlib.util.spec_from_file_location(NAME, PLACE)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no package in {PLACE.parent}")
    package = sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    importlib.import_module(f"{NAME}.report.__main__").start()


if __name__ == "__main__":
    main()
