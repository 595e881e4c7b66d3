"""The road, stage by stage: each record draws itself, and the end is what the whole road reads."""

import pathlib

import numpy as np
import pytest

import knn_digits
from knn_digits import stages
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, UsageError
from tests.pages import draw, save

SIGNATURE = b"\x89PNG"
TEXT = "314"


@pytest.fixture(scope="module")
def photo(sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return save(tmp_path_factory.mktemp("photo") / "photo.png", draw(sample.digits, (3, 1, 4)))


@pytest.fixture(scope="module")
def proposed(photo: pathlib.Path) -> stages.ProposedMarks:
    return stages.propose_marks(stages.remove_rules(stages.find_ink(photo)))


@pytest.fixture(scope="module")
def chosen(proposed: stages.ProposedMarks) -> stages.ProposedMarks:
    return stages.choose_marks(proposed)


def test_stage_by_stage_a_photo_is_read(chosen: stages.ProposedMarks, sample: Dataset) -> None:
    digits = stages.normalize_marks(chosen)
    vectors = stages.compute_features(digits, knn_digits.make_feature("hog"))
    neighbors = stages.find_neighbors(vectors, sample)
    votes = stages.count_votes(neighbors, stages.VoteOptions(weights="distance"))
    assert "".join(map(str, votes.labels)) == TEXT
    ink = chosen.ruled.found
    for record in (ink, chosen.ruled, chosen, digits, vectors, neighbors, votes):
        assert (record._repr_png_() or b"").startswith(SIGNATURE)
        assert type(record).from_dict(record.to_dict()) == record
        assert repr(record).count("\n") < 3


def test_a_model_is_searched_by_its_own_vectors(chosen: stages.ProposedMarks) -> None:
    model = knn_digits.load_classifier("bundled")
    assert isinstance(model, knn_digits.DigitKNN)
    digits = stages.normalize_marks(chosen)
    found = stages.find_neighbors(
        stages.compute_features(digits, model.feature), model, stages.NeighborOptions(k=3)
    )
    distances, indices = model.kneighbors(digits.digits, 3)
    assert (found.distances == distances).all()
    assert (found.indices == indices).all()
    assert (found.pictures == model.digits[indices]).all()


def test_options_change_a_stage(photo: pathlib.Path, proposed: stages.ProposedMarks) -> None:
    found = stages.find_ink(photo)
    strict = stages.find_ink(photo, stages.InkOptions(threshold=0.9))
    assert strict.mask.sum() < found.mask.sum()
    plain = stages.propose_marks(proposed.ruled, stages.MarkOptions(all_levels=False))
    assert 3 <= len(plain.boxes) < len(proposed.boxes)
    assert not stages.remove_rules(found, stages.RuleOptions(remove=False)).rules.any()
    thin = stages.normalize_marks(plain, stages.NormalizeOptions(strokes=False))
    assert thin != stages.normalize_marks(plain)


@pytest.mark.parametrize("k", [0, -1, 5001, 1.0, "3"])
def test_no_other_number_of_neighbors_is_looked_for(
    k: object, chosen: stages.ProposedMarks, sample: Dataset
) -> None:
    vectors = stages.compute_features(stages.normalize_marks(chosen), knn_digits.make_feature("blocks"))
    with pytest.raises(UsageError, match="k must be 1 to 5000, the training digits, got"):
        stages.find_neighbors(vectors, sample, stages.NeighborOptions(k=k))  # type: ignore[arg-type]


def test_neighbors_are_found_in_what_has_some(chosen: stages.ProposedMarks) -> None:
    digits = stages.normalize_marks(chosen)
    vectors = stages.compute_features(digits, knn_digits.make_feature("blocks"))
    bundled = knn_digits.load_classifier("bundled")
    assert stages.find_neighbors(vectors, "bundled") == stages.find_neighbors(vectors, bundled)
    with pytest.raises(UsageError, match="a network has no neighbors"):
        stages.find_neighbors(vectors, "cnn")
    with pytest.raises(UsageError, match="a model must be a classifier, a name or a path, got int"):
        stages.find_neighbors(vectors, 5)  # type: ignore[arg-type]
    back = stages.MarkVectors.from_dict(vectors.to_dict())
    assert back == vectors
    with pytest.raises(UsageError, match="a feature is such as `make_feature` returns, got None"):
        stages.find_neighbors(back, "bundled")
    with pytest.raises(UsageError, match="a feature is such as `make_feature` returns, got 'hog'"):
        stages.compute_features(digits, "hog")  # type: ignore[arg-type]


def test_a_blank_photo_goes_all_the_way_but_for_the_vote(sample: Dataset) -> None:
    blank = np.full((200, 300), 255, np.uint8)
    chosen = stages.choose_marks(stages.propose_marks(stages.remove_rules(stages.find_ink(blank))))
    vectors = stages.compute_features(stages.normalize_marks(chosen), knn_digits.make_feature("blocks"))
    neighbors = stages.find_neighbors(vectors, sample)
    assert neighbors.labels.shape == (0, 5)
    for record in (chosen, vectors, neighbors):
        assert (record._repr_png_() or b"").startswith(SIGNATURE)
    with pytest.raises(DataError, match="no neighbors to vote"):
        stages.count_votes(neighbors)
