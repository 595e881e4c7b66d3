"""Door: `serve`."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from knn_digits.cli.options import knn_model_option
from knn_digits.cli.talk import INTERRUPTED, fail, put_line
from knn_digits.errors import MissingPartError

if TYPE_CHECKING:
    from knn_digits.web.guard import Guard

PARTS = ("jinja2", "python_multipart", "starlette", "uvicorn")
HERE = "127.0.0.1"


@click.command()
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65_535),
    default=8765,
    show_default=True,
    help="Port; 0: any that is free.",
)
@click.option(
    "--host", metavar="NAME", help="Address to serve at, with a token.  [default: this machine alone]"
)
@knn_model_option
def serve(*, port: int, host: str | None, model: str | None) -> None:
    """Serve a page to draw digits, see neighbors and read photos.

    The page needs no network, and no picture leaves the machine. Without --host this machine
    alone is answered; with it, whoever has the token in the address that is printed.
    Ctrl-C ends it. The requests of the page may be used by other programs: see docs/serve.md.

    \b
    Example:
      knn-digits serve
    """
    _check_parts()
    from knn_digits.threads import limit_threads
    from knn_digits.web.server import open_socket
    from knn_digits.web.server import serve as serve_app

    token = None if host is None else secrets.token_urlsafe(16)
    with contextlib.closing(open_socket(host or HERE, port)) as listening:
        limit_threads(1)  # of the libraries: what is asked at once runs at once
        app = _make_app(model, host, token)
        address = _address(host or HERE, listening.getsockname()[1], token)
        try:
            serve_app(app, listening, started=lambda: put_line(address))
        except KeyboardInterrupt:
            _leave(fail("interrupted", INTERRUPTED))
        except SystemExit as end:  # by SIGTERM and its like
            _leave(int(end.code or 0))


def _leave(code: int) -> NoReturn:
    """End the program at once: torn down under threads that still read a photo, it would crash."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, AttributeError):  # nobody reads it, or it was closed
            stream.flush()
    os._exit(code)


def _make_app(model: str | None, host: str | None, token: str | None) -> Guard:
    from knn_digits.web.app import make_app
    from knn_digits.web.guard import Rules

    return make_app(model, Rules(host=host, token=token))


def _address(host: str, port: int, token: str | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + ("" if token is None else f"?token={token}")


def _check_parts() -> None:
    """Raise MissingPartError if what the extra `web` brings is not there."""
    from importlib.util import find_spec

    missing = [name for name in PARTS if find_spec(name) is None]
    if missing:
        raise MissingPartError(
            f"`serve` needs {', '.join(missing)}: `pip install 'knn-digits[web]'` brings what is missing"
        )
