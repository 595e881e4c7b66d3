"""What is read in a field -> whether it passes the checks of the form, and the likeliest text that does."""

import heapq
import re
from collections.abc import Mapping, Sequence

from knn_digits.forms.records import Field

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
# The share of texts that pass. What is misread passes no more often: one wrong digit never does, but the
# eleventh from the right by mod11.
BY_CHANCE = {"luhn": 1 / 10, "mod11": 1 / 11, "mod97": 1 / 97}


def given_pass(rule: str, probability: float) -> float:
    """Return how likely a text is right that passes this rule, and was so likely before, by Bayes' rule.

    Examples
    --------
    >>> round(given_pass("luhn", 0.9), 3)
    0.989
    """
    return probability / (probability + (1 - probability) * BY_CHANCE[rule])


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
