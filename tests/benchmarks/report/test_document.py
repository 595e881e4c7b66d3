import pathlib

import numpy as np

from benchmarks.report.document import Block, Document, Figure, Section, Table, Text, to_html, to_markdown
from knn_digits.images import write_png


def test_what_stands_in_a_document_is_text_not_html(tmp_path: pathlib.Path) -> None:
    write_png(tmp_path / "dot.png", np.zeros((3, 5), np.uint8))
    blocks: list[Block] = [
        Text("a < b & `c`"),
        Table(header=["x", "y"], rows=[["<b>", "1"]], caption="t"),
        Figure(file="dot.png", alt='a "dot"', caption="dot"),
    ]
    document = Document(title="T", facts="f", sections=[Section(title="One & two", blocks=blocks)])
    page = to_html(document, tmp_path)
    assert "a &lt; b &amp; <code>c</code>" in page
    assert '<th scope="row">&lt;b&gt;</th><td>1</td>' in page
    assert 'width="5" height="3" alt="a &#34;dot&#34;"' in page
    assert '<a href="#one-two">' in page
    assert '![a "dot"](dot.png)' in to_markdown(document)
