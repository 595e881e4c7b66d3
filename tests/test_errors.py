import pytest

from knn_digits import errors

KINDS: list[type[errors.KnnDigitsError]] = [kind for kind in vars(errors).values() if isinstance(kind, type)]


def test_each_kind_of_failure_has_the_exit_code_that_the_readme_lists() -> None:
    codes = {kind.__name__: kind.exit_code for kind in KINDS if kind is not errors.KnnDigitsError}
    assert codes == {
        "PhotoError": 1,
        "UsageError": 2,
        "DataError": 3,
        "ModelError": 4,
        "MissingPartError": 5,
        "StorageError": 6,
    }
    assert len(set(codes.values())) == len(codes)
    assert 0 not in codes.values()


@pytest.mark.parametrize("kind", KINDS)
def test_one_clause_catches_every_kind_and_shows_its_text(kind: type[errors.KnnDigitsError]) -> None:
    with pytest.raises(errors.KnnDigitsError) as caught:
        raise kind("what is wrong; what to do")
    assert str(caught.value) == "what is wrong; what to do"


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.PhotoError, ValueError),
        (errors.UsageError, ValueError),
        (errors.DataError, ValueError),
        (errors.ModelError, ValueError),
        (errors.MissingPartError, ImportError),
        (errors.StorageError, OSError),
    ],
)
def test_pythons_own_kind_catches_it_too(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, builtin)
