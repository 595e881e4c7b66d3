"""A template + what it shows -> an HTML page that needs no other file.

The templates of all pages share those in `templates/`: the look (`look.css`), the frame (`layout.html.jinja`)
and the parts (`parts.html.jinja`).
"""

import base64
import html
import pathlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from knn_digits.arrays import Pixels
from knn_digits.images import encode_png

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = pathlib.Path(__file__).with_name("templates")


def render(
    template: str,
    shown: Mapping[str, Any],
    *,
    folder: pathlib.Path = TEMPLATES,
    filters: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Its name in the folder, or among those that all pages share.
    shown : mapping
        What the template names.
    folder : path
        Where the template lies, and others that it names.
    filters : mapping, optional
        Those that the template names beside `inline` and `picture_url`.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update({"inline": inline, "picture_url": picture_url, **(filters or {})})
    return environment.get_template(template).render(shown)


def inline(words: str) -> "Markup":
    """Return text as the content of an HTML element; `code` and **strong** as in Markdown."""
    import markupsafe

    escaped = html.escape(words, quote=False)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return markupsafe.Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped))  # noqa: S704 (escaped above)


def picture_url(pixels: Pixels) -> str:
    """Return grey or RGB pixels as an address that holds them."""
    return data_url(encode_png(pixels), "png")


def data_url(content: bytes, kind: str) -> str:
    """Return a picture file as an address that holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
