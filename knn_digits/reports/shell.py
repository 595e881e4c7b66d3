"""Text -> a word that a shell reads back as that text, in a line that a terminal prints as it stands."""

import os
import shlex

from knn_digits.plain import plain


def shell_word(text: str) -> str:
    r"""Return the word; what needs no escapes is quoted for every shell, all else for bash, zsh and ksh.

    Examples
    --------
    >>> print(shell_word("a b.png"), shell_word("a\udcff'\n.png"))
    'a b.png' $'a\xff\'\x0a.png'
    """
    if plain(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_letter, text)) + "'"


def _letter(letter: str) -> str:
    if plain(letter) == letter:
        return f"\\{letter}" if letter in "\\'" else letter
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
