"""Ground: text out of a file, or a file's name -> one line that a terminal prints as it stands."""

import os
import shlex
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


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def shell_word(text: str) -> str:
    r"""Return a word that a shell reads back as this text, in one line that a terminal prints as it stands.

    What needs no escapes is quoted for every shell; the others have `$'...'`, which bash, zsh and ksh read.

    Examples
    --------
    >>> print(shell_word("a b.png"), shell_word("a\udcff'\n.png"))
    'a b.png' $'a\xff\'\x0a.png'
    """
    if plain(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_shell_letter, text)) + "'"


def _shell_letter(letter: str) -> str:
    if plain(letter) == letter:
        return f"\\{letter}" if letter in "\\'" else letter
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
