"""Door: arrays -> scikit-learn estimators over features, neighbors and the whole classifier.

They work in `Pipeline`, `GridSearchCV`, `cross_val_score`, `clone` and `set_output`. This is the only place
that subclasses scikit-learn.
"""

from knn_digits.estimators.ballots import ExplainedVote, Voter
from knn_digits.estimators.digits import DigitClassifier
from knn_digits.estimators.regression import KNNRegressor
from knn_digits.estimators.search import KNNSearch
from knn_digits.estimators.transformers import BlockInkCounts, Deskew, Hog, RawPixels
from knn_digits.estimators.vectors import KNNClassifier

__all__ = [
    "BlockInkCounts",
    "Deskew",
    "DigitClassifier",
    "ExplainedVote",
    "Hog",
    "KNNClassifier",
    "KNNRegressor",
    "KNNSearch",
    "RawPixels",
    "Voter",
]
