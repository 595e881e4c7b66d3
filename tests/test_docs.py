import ast
import doctest
import json
import pathlib
import re

import pytest

from knn_digits import errors

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
LONGEST = 150  # lines of the README
FILE = re.compile(r"(?<![\w./-])(?:benchmarks|docs|knn_digits|samples|tests)/[\w./-]+\.\w+")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("page", [p for p in PAGES if ">>>" in p.read_text("utf-8")], ids=lambda p: p.name)
def test_the_examples_of_a_page_give_what_it_says(
    page: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 2
    assert result.failed == 0


def test_readme_and_pages_list_every_exit_code() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.KnnDigitsError)} | {0, 130}
    table = (DOCS / "exit-codes.md").read_text("utf-8")
    assert all(f"\n| {code} | " in table for code in codes)
    assert all(re.search(rf"\b{code} \w", README.read_text("utf-8").split("Exit codes")[1]) for code in codes)


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: pathlib.Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_files_that_pages_and_code_name_are_there() -> None:
    sources = [*PAGES, ROOT / "CONTRIBUTING.md", *pathlib.Path(errors.__file__).parent.rglob("*.py")]
    named = {(path.name, name) for path in sources for name in FILE.findall(path.read_text("utf-8"))}
    assert len(named) > 30
    assert {(page, name) for page, name in named if not (ROOT / name).exists()} == set()


def test_the_tutorial_is_kept_without_its_output() -> None:
    cells = json.loads((DOCS / "tutorial.ipynb").read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    for cell in code:
        ast.parse("".join(cell["source"]))
        assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_the_tree_in_the_method_is_that_of_the_package() -> None:
    package = pathlib.Path(errors.__file__).parent
    tree = (DOCS / "method.md").read_text("utf-8").split("```text\nknn_digits/\n")[1].split("```")[0]
    named = set(re.findall(r"[\w.]+\.(?:py|npz)\b", tree))
    there = {path.name for path in package.rglob("*")}
    assert named <= there
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert {room for room in rooms if f"─ {room}/ " not in tree} == set()
    assert modules <= named
