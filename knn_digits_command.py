"""The command `knn-digits`: Ctrl-C ends it with one line, also while its package is loaded."""

import sys

try:
    from knn_digits.__main__ import main  # noqa: F401 (what the command calls)
except KeyboardInterrupt:
    sys.stderr.write("knn-digits: interrupted\n")
    sys.exit(130)
