"""Words in lines -> cells: columns that align without rules."""

from collections.abc import Sequence

from knn_digits.reading.records import Line, Word


def find_columns(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the left and right sides of columns: words that stand above each other share one.

    A word that reaches over several columns parts none and joins none.
    """
    words = [word for line in lines for word in line.words if word.marks]
    columns: list[tuple[int, int]] = []
    for word in sorted(words, key=lambda word: word.box.width):
        over = [
            k for k, (left, right) in enumerate(columns) if word.box.left < right and left < word.box.right
        ]
        if not over:
            columns.append((word.box.left, word.box.right))
        elif len(over) == 1:
            left, right = columns[over[0]]
            columns[over[0]] = min(left, word.box.left), max(right, word.box.right)
    return sorted(columns)


def place(word: Word, columns: Sequence[tuple[int, int]]) -> int:
    """Return the column that a word shares most with."""
    shared = [min(right, word.box.right) - max(left, word.box.left) for left, right in columns]
    return max(range(len(columns)), key=shared.__getitem__)
