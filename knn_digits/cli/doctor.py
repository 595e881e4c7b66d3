"""Door: `doctor`."""

from __future__ import annotations

import click

from knn_digits.cli.talk import put_line

SOMETHING_TO_DO = 1  # exit code


@click.command()
def doctor() -> int:
    """Tell what is installed, whether it works, and what to do if not.

    Prints versions, threads, GPUs, folders and the current model, and lets each backend answer
    a small search. Exit code 0: all is well; 1: there is something to do.

    \b
    Example:
      knn-digits doctor
    """
    from knn_digits.doctor import examine

    ill = []
    for finding in examine():
        put_line(f"{finding.name}: {finding.text}")
        if finding.remedy:
            ill.append(finding)
    if not ill:
        click.echo("all well")
        return 0
    click.echo("\nto do:")
    for finding in ill:
        put_line(f"- {finding.name}: {finding.remedy}")
    return SOMETHING_TO_DO
