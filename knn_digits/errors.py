"""Ground: one error per kind of failure, each with the exit code that the command line ends with."""

import reprlib


def shown(value: object) -> str:
    """Return a value as an error quotes it: in one short line, also where it is an array."""
    return " ".join(reprlib.repr(value).split())


class KnnDigitsError(Exception):
    """Any failure that this package foresees; its text is one line for the user."""

    exit_code = 1


class PhotoError(KnnDigitsError, ValueError):
    """A picture cannot be read: not a picture, an unlisted format, too large, or damaged."""

    exit_code = 1


class UsageError(KnnDigitsError, ValueError):
    """An option or argument has a value that is not allowed."""

    exit_code = 2


class DataError(KnnDigitsError, ValueError):
    """A data set or an array is missing, damaged or of the wrong shape."""

    exit_code = 3


class ModelError(KnnDigitsError, ValueError):
    """A model file is missing, damaged, changed, of another kind or too new."""

    exit_code = 4


class MissingPartError(KnnDigitsError, ImportError):
    """An optional package or device that was asked for is not there."""

    exit_code = 5


class StorageError(KnnDigitsError, OSError):
    """A file or folder cannot be written."""

    exit_code = 6
