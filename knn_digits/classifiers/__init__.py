"""Stages 3 + 4 + 5 as one object: digits -> answers, by neighbors (`knn`) or by a network (`network`)."""

from typing import TYPE_CHECKING, Any, Protocol

from numpy import float32
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Distances, Indices, Labels, Probabilities

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN


class Answers(Protocol):
    """What every classifier says of n digits; `vote.Votes` and `network.Scores` say more."""

    @property
    def labels(self) -> Labels:
        """The answers, (n,) int64."""
        ...

    @property
    def probabilities(self) -> Probabilities:
        """How likely each label is, (n, 10) float32, rows sum to 1."""
        ...

    @property
    def strangeness(self) -> NDArray[float32]:
        """A novelty score, how unlike a digit each is, (n,) float32: above 1 are few that were held out."""
        ...

    @property
    def doubt(self) -> NDArray[float32]:
        """A rejection score, what speaks against a digit, (n,) float32: what is above 1 is to be refused."""
        ...

    def evidence(self, row: int) -> tuple[Indices, Labels, Distances]:
        """Return rows, labels and distances of the training digits that voted on one digit, each (k,).

        Nearest first; none where the answer is not of neighbors, as a network's.
        """
        ...

    def sign(self, row: int) -> tuple[str, float]:
        """Return which mark that is no digit one is most like, and the share of votes for such marks, 0 to 1.

        "" and 0 of who knows none, as a network.
        """
        ...


class Classifier(Protocol):
    """What reads normalized digits; what only neighbors can do, it says of itself by `knn`."""

    @property
    def header(self) -> dict[str, Any]:
        """What its file says of it: what it is, of which data, by which versions, when."""
        ...

    @property
    def knn(self) -> "DigitKNN | None":
        """Itself, where it answers by training digits, which explain, teach and take others beside them.

        None where it does not, as a network.
        """
        ...

    def quick(self) -> "Classifier":
        """Return what answers faster, and finds the same digits strange; itself, where nothing does."""
        ...

    def classify(self, digits: Digits) -> Answers:
        """Return the answers on (n, 28, 28) uint8 digits; DataError for another shape or dtype."""
        ...
