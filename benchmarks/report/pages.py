"""A template + what it shows, as text -> an HTML page that needs no other file."""

import base64
import html
import pathlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = pathlib.Path(__file__).with_name("templates")


def render(template: str, shown: Mapping[str, Any], **filters: Callable[..., Any]) -> str:
    """Return the page; the filters are those that the template names beside `inline`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update({"inline": inline, **filters})
    return environment.get_template(template).render(shown)


def inline(words: str) -> "Markup":
    """Return text as the content of an HTML element; `code` and **strong** as in Markdown."""
    import markupsafe

    escaped = html.escape(words, quote=False)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return markupsafe.Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped))  # noqa: S704 (escaped above)


def data_url(content: bytes, kind: str) -> str:
    """Return a picture as an address that holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
