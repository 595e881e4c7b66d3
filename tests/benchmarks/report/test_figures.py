import pathlib
import re

from benchmarks.report.figures import figures

DOCS = pathlib.Path(__file__).parents[3] / "docs"


def test_every_figure_that_a_page_names_is_measured() -> None:
    pages = "".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    named = set(re.findall(r"{{ *(\w+) *}}", pages))
    assert len(named) > 10
    assert named <= set(figures())


def test_figures_of_sentences_are_those_of_the_results() -> None:
    found = figures()
    assert (found["doubts_found"], found["doubts_known"]) == ("9", "15")
    assert found["mlp_averaged_test"] == "5.18%"
    assert "| `cnn`" in found["networks_table"]
