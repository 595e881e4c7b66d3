"""Door: `inspect`."""

from __future__ import annotations

import pathlib

import click

from knn_digits.cli.options import (
    check_own,
    data_option,
    load_data,
    picture_option,
    split_option,
    threads_option,
)
from knn_digits.cli.talk import progress_bar, say


@click.command()
@data_option("Labelled digits.", default=["sample"], show_default=True)
@split_option("train")
@click.option(
    "--n",
    type=click.IntRange(min=1, max=1000),
    default=60,
    show_default=True,
    help="How many to draw, the most suspicious ones.",
)
@picture_option("doubts.png", "Picture to write: each with its nearest neighbors.")
@threads_option
def inspect(*, data: str, split: str | None, n: int, output: pathlib.Path) -> None:
    """List labelled digits whose label is likely wrong.

    Their neighbors have another. Prints CSV with a row a digit, the most suspicious first: its
    index, its label, the label that its neighbors have, and the share of their votes against
    its own.

    \b
    Example:
      knn-digits inspect --data mnist --split test > doubts.csv
    """
    from knn_digits.images import write_png
    from knn_digits.inspection import find_doubts
    from knn_digits.reports.doubts import CSV_HEADER, as_row, draw_doubts
    from knn_digits.reports.readings import csv_text
    from knn_digits.storage import check_writable

    check_writable(output)
    check_own(output, "picture")
    dataset = load_data(data, split=split)
    say(f"inspecting {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    doubts = find_doubts(dataset.digits, dataset.labels, progress=progress_bar("inspecting"))
    write_png(output, draw_doubts(doubts[:n], dataset.digits, dataset.labels))
    click.echo(csv_text([CSV_HEADER, *map(as_row, doubts)]), nl=False)
    say(f"{output}: {min(n, len(doubts))} of {len(doubts)}")
