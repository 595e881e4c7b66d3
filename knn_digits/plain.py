"""Ground: text out of a file, or a file's name -> one line that a terminal prints as it stands; counts."""

import unicodedata

ESCAPED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, invisible formats, lone surrogates, ends of lines


def plain(text: str) -> str:
    r"""Return the text in one line, with backslash escapes for what would act on a terminal or not be seen.

    Examples
    --------
    >>> print(plain("scan\udcff.png\n\x1b[2Jmodel  é 数"))
    scan\udcff.png\n\x1b[2Jmodel  é 数
    """
    return "".join(_escape(letter) if unicodedata.category(letter) in ESCAPED else letter for letter in text)


def counted(n: int, what: str) -> str:
    """Return how many there are.

    Examples
    --------
    >>> counted(1, "digit"), counted(0, "digit")
    ('1 digit', '0 digits')
    """
    return f"{n} {what}{'' if n == 1 else 's'}"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
