"""Write what users may rely on to api.txt: `python -m tests.make_api`.

Public names with their parameters, fields and methods; commands with their arguments, options and choices.
Annotations are left out: each version of Python spells them in its own way.
"""

import dataclasses
import importlib
import inspect
import pathlib
from collections.abc import Iterator
from typing import Any

import click

from knn_digits.cli import cli

API = pathlib.Path(__file__).with_name("api.txt")
MODULES = ("knn_digits", "knn_digits.estimators", "knn_digits.stages", "knn_digits.tables")


def describe_api() -> str:
    """Return the text."""
    lines = [line for module in MODULES for line in _module(module)]
    return "\n".join([*lines, "", *_command(cli, "knn-digits")]) + "\n"


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    for public in module.__all__:
        thing = getattr(module, public)
        yield f"{name}.{public}{_signature(thing)}"
        if isinstance(thing, type):
            yield from (f"    {line}" for line in _members(thing))


def _members(kind: type) -> list[str]:
    """Return the fields of a record, and the public methods and properties that a class of ours defines."""
    if issubclass(kind, BaseException):
        return ["(an exception)"]
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    lines = [f".{name}" for name in fields]
    for name, value in _public(kind).items():
        if name in fields or name.endswith("_request"):  # those are scikit-learn's
            continue
        method = inspect.unwrap(value.__func__ if isinstance(value, classmethod | staticmethod) else value)
        lines.append(f".{name}{_signature(method) if inspect.isfunction(method) else ''}")
    return sorted(lines)


def _public(kind: type) -> dict[str, Any]:
    """Return what a class and its bases define, if they are ours and it is public."""
    ours = [base for base in reversed(kind.__mro__) if base.__module__.startswith("knn_digits")]
    return {name: value for base in ours for name, value in vars(base).items() if not name.startswith("_")}


def _signature(thing: Any) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    bare = [value.replace(annotation=inspect.Parameter.empty) for value in signature.parameters.values()]
    plain = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    return " ".join(str(plain).split())  # a default may be printed in several lines


def _command(command: click.Command, name: str) -> Iterator[str]:
    yield name
    for parameter in command.params:
        kind = parameter.type
        choices = f" {{{','.join(map(str, kind.choices))}}}" if isinstance(kind, click.Choice) else ""
        bare = isinstance(parameter, click.Option) and parameter.is_flag
        names = " ".join([*parameter.opts, *parameter.secondary_opts])
        many = "..." if parameter.nargs == -1 else ""
        what = "flag" if bare else f"{kind.name}{choices}"
        yield f"    {names}{many} {what}{' required' if parameter.required else ''}"
    for word, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _command(inner, f"{name} {word}")


if __name__ == "__main__":
    API.write_text(describe_api(), encoding="utf-8")
