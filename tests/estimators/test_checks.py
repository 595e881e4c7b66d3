"""scikit-learn's own checks of estimators.

Those of vectors pass all of them. Those that are left out for digits make data of a few columns, which is no
digit: each is shown to fail for that reason, and for no other.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from knn_digits.estimators import (
    BlockInkCounts,
    Deskew,
    DigitClassifier,
    Hog,
    KNNClassifier,
    KNNRegressor,
    KNNSearch,
    RawPixels,
)

Check = Callable[[Any], None]
FEW_COLUMNS = {
    "check_classifier_data_not_an_array",
    "check_classifiers_classes",
    "check_classifiers_one_label",
    "check_classifiers_train",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_fit_returns_self",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit2d_predict1d",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_readonly_memmap_input",
    "check_supervised_y_2d",
    "check_transformer_data_not_an_array",
    "check_transformer_general",
    "check_transformer_preserve_dtypes",
}
# A pipeline's digits are looked at before its classes are, so there these fail for the digits, too.
OF_CLASSES = {
    "check_classifier_multioutput",
    "check_classifiers_multilabel_output_format_decision_function",
    "check_classifiers_multilabel_output_format_predict",
    "check_classifiers_multilabel_output_format_predict_proba",
    "check_classifiers_multilabel_representation_invariance",
    "check_classifiers_regression_target",
    "check_requires_y_none",
    "check_supervised_y_no_nan",
}
PLAIN = DigitClassifier("blocks", dimensions=0, refine=False)


@parametrize_with_checks([KNNClassifier(), KNNClassifier(ties="sklearn"), KNNRegressor(), KNNSearch()])  # type: ignore[untyped-decorator]
def test_what_takes_vectors_passes_every_check(estimator: Any, check: Check) -> None:
    check(estimator)


@parametrize_with_checks([BlockInkCounts(), RawPixels(), Deskew(), Hog(), DigitClassifier(), PLAIN])  # type: ignore[untyped-decorator]
def test_digits_pass_every_check_that_does_not_dictate_their_columns(estimator: Any, check: Check) -> None:
    check_or_tell(estimator, check, FEW_COLUMNS)


@parametrize_with_checks([make_pipeline(Deskew(), BlockInkCounts(), KNNClassifier())])  # type: ignore[untyped-decorator]
def test_a_pipeline_passes_every_check_that_does_not_dictate_its_columns(
    estimator: Any, check: Check
) -> None:
    check_or_tell(estimator, check, FEW_COLUMNS | OF_CLASSES)


def check_or_tell(estimator: Any, check: Check, left_out: set[str]) -> None:
    """Run a check; one that is left out must fail because of the columns."""
    if check.func.__name__ not in left_out:  # type: ignore[attr-defined]
        check(estimator)
        return
    with pytest.raises(Exception) as failure:  # noqa: PT011 (the chain of causes tells)
        check(estimator)
    told, error = "", failure.value
    while error is not None:
        told, error = f"{told} {error}", error.__cause__ or error.__context__  # type: ignore[assignment]
    assert "X must have shape (n, 784) or (n, 28, 28), got" in told
