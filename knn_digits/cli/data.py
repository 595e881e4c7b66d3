"""Door: `data`, which fetches and checks training data."""

from __future__ import annotations

import contextlib
import pathlib
import sys
from collections.abc import Callable, Iterator

import click

from knn_digits.cli.options import PATH
from knn_digits.cli.talk import is_terminal, put_line
from knn_digits.errors import DataError


@click.group()
def data() -> None:
    """Fetch and check training data.

    \b
    Example:
      knn-digits data fetch mnist
    """


@data.command()
@click.argument("name", type=click.Choice(["mnist"]))
@click.option(
    "--from",
    "source",
    type=PATH,
    metavar="PATH",
    help="Import the files from this folder instead of downloading them.",
)
def fetch(*, name: str, source: pathlib.Path | None) -> None:
    """Put MNIST's four files into the cache, checked by SHA-256. The only command that uses the network.

    \b
    Examples:
      knn-digits data fetch mnist
      knn-digits data fetch mnist --from ~/Downloads/mnist
    """
    from knn_digits.datasets.fetch import fetch_mnist, import_mnist

    if source is not None:
        put_line(f"{name} is in {import_mnist(source)}")
        return
    with _download_bar() as show:
        folder = fetch_mnist(progress=show)
    put_line(f"{name} is in {folder}")


@contextlib.contextmanager
def _download_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a progress bar on stderr that is told the file, the bytes so far and the bytes in all."""
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, disable=not is_terminal(sys.stderr), leave=False) as bar:

        def show(name: str, done: int, total: int) -> None:
            if bar.desc != f"{name}: ":
                bar.reset(total=total or None)
                bar.set_description(name)
            bar.update(done - bar.n)

        yield show


@data.command()
@click.argument("name", type=click.Choice(["mnist"]), default="mnist")
def verify(*, name: str) -> None:
    """Check the cached files again by SHA-256.

    \b
    Example:
      knn-digits data verify mnist
    """
    from knn_digits.datasets.fetch import verify_mnist

    checks = verify_mnist()
    for check in checks:
        put_line(f"{check.name} {check.message}")
    if not all(check.ok for check in checks):
        raise DataError(f"{name} in the cache is not whole: run `knn-digits data fetch {name}`")
