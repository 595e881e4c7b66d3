"""A template of the benchmarks + what it shows -> an HTML page that needs no other file."""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from knn_digits.reports import pages

TEMPLATES = pathlib.Path(__file__).with_name("templates")


def render(template: str, shown: Mapping[str, Any], **filters: Callable[..., Any]) -> str:
    """Return the page; the filters are those that the template names beside the ones of all pages."""
    return pages.render(template, shown, folder=TEMPLATES, filters=filters)
