"""Door: digits -> vectors, each feature as a scikit-learn transformer."""

from typing import Any

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from knn_digits.arrays import Vectors
from knn_digits.estimators.images import as_digits, check_images, find_scale, plain
from knn_digits.estimators.parameters import check_scale
from knn_digits.features import Feature
from knn_digits.features.blocks import Blocks
from knn_digits.features.deskew import Deskewed
from knn_digits.features.hog import OrientedGradients
from knn_digits.features.pixels import PixelValues


class _DigitTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What the transformers share: they learn the scale of the values and the width of the vectors."""

    scale: float | str
    image_shape_: tuple[int, int]

    def _feature(self) -> Feature:
        raise NotImplementedError

    def fit(self, X: Any, y: object = None) -> "_DigitTransformer":
        """Learn what value full ink has.

        Parameters
        ----------
        X : (n, 784) or (n, 28, 28)
            Ink high, paper 0, in the convention of MNIST. Pictures of another height and width, of at least 8
            pixels, are brought to it by `normalize`; square ones may be (n, height * width).
        y : ignored

        Raises
        ------
        ValueError
            If the shape is another, a value is not finite or out of range, or the scale is in doubt.
        """
        check_scale(self.scale)
        images = check_images(self, X, reset=True)
        scale = find_scale(images, self.scale)
        digits = as_digits(images, scale, told=self.scale != "auto", shape=self.image_shape_)
        self._n_features_out = self._feature()(digits[:1]).shape[1]
        self.scale_ = scale
        return self

    def transform(self, X: Any) -> Vectors:
        """Return one float32 vector for each of (n, 784) or (n, 28, 28) digits."""
        check_is_fitted(self)
        check_scale(self.scale)
        images = check_images(self, X, reset=False)
        told = self.scale != "auto"
        return self._feature()(as_digits(images, self.scale_, told=told, shape=self.image_shape_))

    def __sklearn_tags__(self) -> Any:
        """Say that values are not negative, and that (n, 28, 28) is taken, too."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = tags.input_tags.three_d_array = True
        return tags


class BlockInkCounts(_DigitTransformer):
    """The ink in each block of a grid, see `features.blocks.Blocks`.

    Parameters
    ----------
    rows, columns : int
        Both divide 20, or both divide 28.
    ink : {"count", "grey"}
        Count the inked pixels of a block, or sum their values.
    scale : float or "auto"
        The value of full ink. "auto" tells 0..1 from 0..255 when it is fitted: 1 for booleans and for floats
        up to 1, 255 for numbers up to 255, where most digits come up to half of it; in doubt, and where the
        ink is dark on light paper, it raises an error.

    Attributes
    ----------
    scale_ : float
        The value of full ink in what was fitted.

    Examples
    --------
    >>> import knn_digits
    >>> sample = knn_digits.load_dataset("sample")
    >>> BlockInkCounts().fit_transform(sample.digits[:100]).shape
    (100, 20)
    """

    def __init__(
        self, rows: int = 5, columns: int = 4, *, ink: str = "count", scale: float | str = "auto"
    ) -> None:
        self.rows, self.columns, self.ink, self.scale = rows, columns, ink, scale

    def _feature(self) -> Feature:
        return Blocks(rows=plain(self.rows), columns=plain(self.columns), ink=self.ink)


class RawPixels(_DigitTransformer):
    """The 784 pixels, 0 to 255, see `features.pixels.PixelValues`.

    Parameters
    ----------
    scale : float or "auto"
        As for `BlockInkCounts`.

    Attributes
    ----------
    scale_ : float
        The value of full ink in what was fitted.
    """

    def __init__(self, *, scale: float | str = "auto") -> None:
        self.scale = scale

    def _feature(self) -> Feature:
        return PixelValues()


class Deskew(_DigitTransformer):
    """The digit sheared upright, 784 values of 0 to 255, see `features.deskew.Deskewed`.

    Its vectors are digits themselves: another transformer may follow.

    Parameters
    ----------
    scale : float or "auto"
        As for `BlockInkCounts`.

    Attributes
    ----------
    scale_ : float
        The value of full ink in what was fitted.
    """

    def __init__(self, *, scale: float | str = "auto") -> None:
        self.scale = scale

    def _feature(self) -> Feature:
        return Deskewed()


class Hog(_DigitTransformer):
    """Histograms of oriented gradients of the deskewed digit, see `features.hog.OrientedGradients`.

    Parameters
    ----------
    orientations : int
        Directions told apart.
    cells : int
        Rows and columns of the grid.
    spread : float
        Pixels: how far a stroke may be away.
    scale : float or "auto"
        As for `BlockInkCounts`.

    Attributes
    ----------
    scale_ : float
        The value of full ink in what was fitted.
    """

    def __init__(
        self, orientations: int = 8, cells: int = 8, *, spread: float = 1.2, scale: float | str = "auto"
    ) -> None:
        self.orientations, self.cells, self.spread, self.scale = orientations, cells, spread, scale

    def _feature(self) -> Feature:
        return OrientedGradients(orientations=self.orientations, cells=self.cells, spread=self.spread)
