"""`python -m knn_digits` and the command `knn-digits`."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from knn_digits.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("knn-digits: interrupted", file=sys.stderr)  # noqa: T201
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
