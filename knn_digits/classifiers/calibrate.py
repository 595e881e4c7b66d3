"""Stage 5, calibrated: shares of the votes -> probabilities, by a map learned on held-out digits."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import CLASSES, Labels, Probabilities
from knn_digits.classifiers.fields import Fields

FEW = 50  # digits: of fewer no map of their own is learned
_LOWEST, _HIGHEST = (1e-4, 0.05, 0.0), (1.0, 20.0, 20.0)  # smoothing, power_for, power_against


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The map from a share s of the votes to a probability, in proportion to (s + a)^b / (1 - s + a)^c.

    It never falls as s grows, so the label of the most votes keeps the highest probability; labels of equal
    shares have equal ones.
    """

    smoothing: float  # a, above 0: what a label has without votes
    power_for: float  # b, above 0
    power_against: float  # c, at least 0

    def __call__(self, shares: Probabilities) -> Probabilities:
        """Return the probabilities of (n, 10) shares, (n, 10) float32; rows sum to 1.

        Examples
        --------
        >>> shares = np.array([[0.75, 0.25, *[0] * 8]], np.float32)
        >>> calibration = Calibration(smoothing=0.01, power_for=2, power_against=0)
        >>> [round(float(p), 3) for p in calibration(shares)[0, :3]]
        [0.894, 0.105, 0.0]
        """
        return np.asarray(_soften(shares.astype(np.float64), *astuple(self)), np.float32)


def learn_calibration(shares: Probabilities, truth: Labels) -> Calibration:
    """Return the map that makes the true labels of held-out digits most likely.

    Parameters
    ----------
    shares : (n, 10) float32
        Of the votes; n at least 1.
    truth : (n,) int64

    References
    ----------
    M. Kull, T. Silva Filho, P. Flach (2017), Beta calibration: the map, here for ten labels that share 1.
    J. Platt (1999), Probabilistic outputs for support vector machines: the targets, which count one more
    digit as wrong, so that nothing is ever certain.
    """
    from scipy.optimize import minimize

    s = shares.astype(np.float64)
    doubt = 1 / (len(s) + 2)
    targets = np.full(s.shape, doubt / (CLASSES - 1))
    targets[np.arange(len(s)), truth] = 1 - doubt

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, b, c = np.exp(x[0]), x[1], x[2]
        p = _soften(s, a, b, c)
        wrong = (p - targets) / len(s)
        slope_of_a = a * (b / (s + a) - c / (1 - s + a))
        slopes = [(wrong * slope).sum() for slope in (slope_of_a, np.log(s + a), -np.log(1 - s + a))]
        return float(-(targets * np.log(p)).sum() / len(s)), np.array(slopes)

    lowest, highest = (np.array([np.log(a), b, c]) for a, b, c in (_LOWEST, _HIGHEST))
    found = minimize(
        loss,
        [np.log(0.01), 1.0, 0.5],
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(lowest, highest, strict=True)),
    )
    a, b, c = np.clip(found.x, lowest, highest)
    # Rounded: the digits after the fourth differ from machine to machine.
    smoothing, power_for, power_against = (float(f"{value:.4g}") for value in (np.exp(a), b, c))
    return Calibration(smoothing=smoothing, power_for=power_for, power_against=power_against)


def learn_calibrations(
    shares: Probabilities, truth: Labels, refined: NDArray[np.bool_] | None
) -> tuple[Calibration, Calibration | None]:
    """Return a map for digits whose neighbors agree and one for those refined.

    Parameters
    ----------
    shares, truth
        See `learn_calibration`.
    refined : (n,) bool, optional
        Where there are few of either kind, both have the map of all. None: the model does not refine.
    """
    if refined is None:
        return learn_calibration(shares, truth), None
    if min(refined.sum(), (~refined).sum()) < FEW:
        common = learn_calibration(shares, truth)
        return common, common
    plain, again = (learn_calibration(shares[rows], truth[rows]) for rows in (~refined, refined))
    return plain, again


def read_calibration(note: Fields) -> Calibration:
    """Return the map that a model's header notes; DataError if it is none."""
    names = ("smoothing", "power_for", "power_against")
    note.only(*names)
    smoothing, power_for, power_against = (
        note.number(name, low=low, high=high)
        for name, low, high in zip(names, _LOWEST, _HIGHEST, strict=True)
    )
    return Calibration(smoothing=smoothing, power_for=power_for, power_against=power_against)


def _soften(s: NDArray[np.float64], a: float, b: float, c: float) -> NDArray[np.float64]:
    logits = b * np.log(s + a) - c * np.log(1 - s + a)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
