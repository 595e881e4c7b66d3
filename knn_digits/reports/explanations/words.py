"""Explanation -> what every view of it says."""

from collections import Counter
from collections.abc import Sequence

from knn_digits import record
from knn_digits.datasets.hands import call_sign
from knn_digits.explanation import Alike, Evidence, Explanation, SignEvidence
from knn_digits.plain import counted
from knn_digits.reading.reasons import LeftOut, Reason
from knn_digits.reading.records import UNKNOWN, DigitReading
from knn_digits.vote import REFUSED_SHARE

LEFT_OUT = "left out, though perhaps digits"
BEYOND = 100  # strangeness or doubt that is told no more exactly


def heading(why: Explanation) -> str:
    """Return which digit it is, and its answer."""
    row, column = why.cell or (0, 0)
    place = f"digit {why.number}, {f'row {row} column {column}' if why.cell else f'line {why.line}'}"
    if why.read.label is None:
        return f"{place}: ?, {_likeness(why.read.sign)}"
    return f"{place}: read as {why.read.label}, probability {probability(why.read.probability)}"


def reasons(why: Explanation) -> list[str]:
    """Return sentences that tell how the answer came about."""
    strange, share = _told(why.read.strangeness), f"{100 * REFUSED_SHARE:g} %"
    return [
        *([f"taken for a digit: {told(why.reasons)}"] if why.reasons else []),
        f"strangeness {strange}; of held-out digits {share} are above 1",
        *([_refusal(why)] if why.read.label is None else []),
        *([_unsure(why)] if why.refined else []),
        *page_votes(why.read, why.alike, alone=why.tally[0].label),
        f"{len(why.neighbors)} nearest by {why.measure}",
        _runner_up(why.runner_up)
        if why.runner_up
        else "runner-up: none, as all training digits have one label",
    ]


def page_votes(read: DigitReading, alike: Sequence[Alike], *, alone: int) -> list[str]:
    """Return what digits of its page that look like one said of it; `alone` is its label by its neighbors."""
    if not alike:
        return []
    label, share = read.label, f"{100 * (read.page_share or 0):.0f} %"
    nearest = ", ".join(f"{one.place} ({page_label(one)})" for one in alike)
    for_ = "what is likeliest" if label is None else str(label)
    but = f", though {alone} has most above" if label not in (None, alone) else ""
    return [f"votes of digits like it on its page: {share} for {for_}{but}; nearest are {nearest}"]


def page_label(one: Alike) -> str:
    """Return what another digit of the page was read as."""
    return UNKNOWN if one.label is None else str(one.label)


def told(reasons: Sequence[Reason]) -> str:
    """Return the reasons for which a mark was taken for a digit, or left out."""
    return ", ".join(reason.words for reason in reasons)


def _one(label: int) -> str:
    return "an 8" if label == 8 else f"a {label}"


def left_out(found: LeftOut) -> str:
    """Return which mark it is, and why it was left out."""
    x, y = found.box.left + found.box.width // 2, found.box.top + found.box.height // 2
    because = told(found.reasons) or "little speaks for it"
    likely = probability(found.probability)
    return f"perhaps {_one(found.label)} at {x}, {y}, probability {likely}: {because}"


def _likeness(sign: str | None) -> str:
    if sign is None:
        return "like nothing I know"
    return f"most like {call_sign(sign)}"


def name(evidence: Evidence) -> str:
    """Return which training digit it is."""
    return f"{evidence.origin} {evidence.row}"


def number(value: float) -> str:
    """Return a distance or a weight as text."""
    return f"{value:.0f}" if value == round(value) else f"{value:#.4g}".rstrip(".")


def probability(value: float) -> str:
    """Return a probability as text, rounded as everywhere."""
    return f"{record.told(value):.3f}"


def vote(evidence: Evidence) -> str:
    """Return what its vote counted."""
    if not evidence.copies:
        return "no vote"
    times = f" as {evidence.copies} neighbors" if evidence.copies > 1 else ""
    return f"vote {number(evidence.weight)}{times}"


def votes(why: Explanation) -> str:
    """Return what each label got of the votes."""
    total = number(sum(tally.weight for tally in why.tally))
    return "votes: " + "; ".join(
        f"{tally.label} has {number(tally.weight)} of {total}, by {counted(tally.neighbors, 'neighbor')}"
        for tally in why.tally
    )


def legend(why: Explanation) -> str | None:
    """Return what the colors of differences mean, if there are any."""
    if why.compared is None:
        return None
    return f"difference of {why.compared}: blue is more ink in the digit read, orange in the training digit"


def _told(value: float) -> str:
    return f"{value:.2f}" if value < BEYOND else f"above {BEYOND}"


def _refusal(why: Explanation) -> str:
    share = f"{100 * why.read.sign_share:.0f} %"
    if why.signs:
        nearest = ", ".join(f"{_sign(found)} at {number(found.distance)}" for found in why.signs)
        return f"refused: of the votes of digits and other marks {share} are for marks; nearest are {nearest}"
    against = " and of the votes against it"
    if why.read.sign_share:
        against = f", of the votes against it and of how near other marks are ({share} of the votes)"
    likely = probability(why.read.probability)
    likeliest = "what these and its page say together" if why.alike else _one(why.tally[0].label)
    return (
        f"refused: {likeliest} is likeliest, with probability {likely}; "
        f"doubt, of strangeness{against}, is {_told(why.read.doubt)}"
    )


def _sign(found: SignEvidence) -> str:
    return call_sign(found.name).removeprefix("a ")


def _unsure(why: Explanation) -> str:
    counts = ", ".join(f"{label} ({count})" for label, count in Counter(why.unsure).most_common())
    return f"unsure: the {len(why.unsure)} nearest at first were {counts}; so more were measured again, bent"


def _runner_up(rival: Evidence) -> str:
    voted = "which voted" if rival.copies else "too far to vote"
    return f"runner-up: {rival.label}, by {name(rival)} at {number(rival.distance)}, {voted}"
