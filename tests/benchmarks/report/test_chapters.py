import pathlib

from benchmarks.records import RESULTS
from benchmarks.report.chapter_cost import frontier
from benchmarks.report.chapters import make_document
from benchmarks.report.document import to_markdown
from benchmarks.report.parts import read_parts


def test_on_the_frontier_is_what_nothing_beats_in_both() -> None:
    models = {
        name: {"kind": "k-NN", "error_rate": error}
        for name, error in (("a", 3), ("b", 2), ("c", 2), ("d", 1))
    }
    timed = {"batch_seconds": {"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]}}
    points = frontier(models, timed, None)
    assert [(point["name"], point["frontier"]) for point in points] == [
        ("a", True),
        ("b", True),
        ("c", False),
        ("d", True),
    ]


def test_what_is_measured_beside_the_parts_is_drawn_with_them(tmp_path: pathlib.Path) -> None:
    raw = read_parts(RESULTS)
    some = {name: raw[name] for name in ("votes", "transfer")}
    text = to_markdown(make_document(some, ["votes"], tmp_path))
    assert "### Other people's digits, and marks that are none" in text
    assert f"By `{raw['transfer']['run']['command']}`" in text
    assert "| hwd1000 " in text


def test_what_many_digits_cost_is_drawn_with_them(tmp_path: pathlib.Path) -> None:
    raw = read_parts(RESULTS)
    text = to_markdown(make_document({name: raw[name] for name in ("votes", "growth")}, ["votes"], tmp_path))
    assert "### Many digits" in text
    assert all(f"| {row['digits']:,}" in text for row in raw["growth"]["result"]["rows"])
    assert (tmp_path / "growth.png").stat().st_size > 0
