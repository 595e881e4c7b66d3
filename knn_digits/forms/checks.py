"""What is read in a field -> whether it passes the checks of the form, and the likeliest text that does."""

import heapq
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from knn_digits.forms.records import Field, FieldReading

MOST_TRIED = 2000  # texts, from the likeliest on


def is_digits(text: str) -> bool:
    """Tell whether a text is digits from 0 to 9 alone, those of no other script; at least one."""
    return text.isascii() and text.isdecimal()


def can_add(field: Field, others: Mapping[str, str]) -> bool:
    """Tell whether all is read that a field is the sum of, if it is one; what is blank counts as 0."""
    return all(map(is_digits, _parts(field, others)))


def _parts(field: Field, others: Mapping[str, str]) -> list[str]:
    return [others.get(name, "") or "0" for name in field.checks.sum_of]


def failed_check(field: Field, text: str, others: Mapping[str, str]) -> str:
    """Return which check of a field a text fails, "" if it passes all; `others` are the page's other fields.

    What is blank fails none, and what cannot be compared, as a sum of fields that are not read, neither.
    """
    if not is_digits(text):
        return ""
    checks = field.checks
    failed = {
        "digits": not field.digits[0] <= len(text) <= field.digits[1],
        "range": checks.range and not checks.range[0] <= int(text) <= checks.range[1],
        "pattern": checks.pattern and not re.fullmatch(checks.pattern, text),
        checks.check or "": checks.check and not RULES[checks.check](text),
        "sum_of": _is_other_sum(int(text), field, others),
    }
    return next((name for name, fails in failed.items() if fails), "")


def _is_other_sum(value: int, field: Field, others: Mapping[str, str]) -> bool:
    """Tell whether there are numbers to add up, all read, and their sum is another."""
    parts = _parts(field, others)
    return bool(parts) and can_add(field, others) and sum(map(int, parts)) != value


def luhn(text: str) -> bool:
    """Tell whether the last digit checks the others as on bank cards (H. P. Luhn 1960).

    Examples
    --------
    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def mod11(text: str) -> bool:
    """Tell whether the digits weighted 1, 2, 3 and so on from the right add up to a multiple of 11.

    Examples
    --------
    >>> mod11("0306406152"), mod11("0306406151")
    (True, False)
    """
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(text), 1)) % 11 == 0


def mod97(text: str) -> bool:
    """Tell whether the number leaves 1 when divided by 97 (ISO 7064), as those of bank accounts.

    Examples
    --------
    >>> mod97("3214282912345698765432161182"), mod97("98")
    (True, True)
    """
    return int(text) % 97 == 1


RULES = {"luhn": luhn, "mod11": mod11, "mod97": mod97}
# The share of values that pass. What is misread passes no more often: one wrong digit is always told.
BY_CHANCE = {"luhn": 1 / 10, "mod11": 1 / 11, "mod97": 1 / 97, "sum_of": 1 / 10}


def confirmed(read: Sequence[FieldReading]) -> dict[str, float]:
    """Return how likely the text of each field of a page is right, given the checks that it passes.

    By Bayes' rule: a right text passes, a wrong one only by chance. A sum that is right speaks for all that
    it is the sum of.
    """
    sure, texts = (
        {one.field.name: one.probability for one in read},
        {one.field.name: one.text for one in read},
    )
    for one in read:
        for rule, names in _passed(one.field, texts):
            together = given_pass(math.prod(sure[name] for name in names), by_chance=BY_CHANCE[rule])
            sure |= {name: max(sure[name], together) for name in names}
    return sure


def given_pass(probability: float, *, by_chance: float) -> float:
    """Return the probability of what has passed a check that so many of the wrong pass, too.

    Examples
    --------
    >>> round(given_pass(0.9, by_chance=1 / 10), 3)
    0.989
    """
    return probability / (probability + (1 - probability) * by_chance)


def _passed(field: Field, texts: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each rule of a field that passes all checks, and the fields that it speaks for."""
    text, others = texts[field.name], {name: text for name, text in texts.items() if name != field.name}
    if not is_digits(text) or failed_check(field, text, others):
        return
    if field.checks.check:
        yield field.checks.check, (field.name,)
    if field.checks.sum_of and can_add(field, others):
        yield "sum_of", (field.name, *field.checks.sum_of)


def likeliest(field: Field, likely: Sequence[Sequence[tuple[int, float]]], others: Mapping[str, str]) -> str:
    """Return the likeliest text that passes the checks, "" if none is found.

    Parameters
    ----------
    field : Field
    likely : sequence of sequences of (label, probability)
        For each digit, the likeliest first.
    others : mapping
        The texts of the page's other fields.
    """
    first = (0,) * len(likely)
    waiting, seen = [(-1.0, first)], {first}
    for _ in range(MOST_TRIED):
        if not waiting:
            break
        cost, places = heapq.heappop(waiting)
        text = "".join(str(one[place][0]) for one, place in zip(likely, places, strict=True))
        if text and not failed_check(field, text, others):
            return text
        for i, place in enumerate(places):
            after = (*places[:i], place + 1, *places[i + 1 :])
            if place + 1 < len(likely[i]) and after not in seen:
                seen.add(after)
                rate = likely[i][place + 1][1] / max(likely[i][place][1], 1e-9)
                heapq.heappush(waiting, (cost * rate, after))
    return ""
