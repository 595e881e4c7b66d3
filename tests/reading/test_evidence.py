import cv2
import numpy as np
import pytest

from knn_digits.arrays import STRIP, Mask
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.features.pixels import PixelValues
from knn_digits.photo.candidates import Candidates, propose
from knn_digits.photo.ink import Ink
from knn_digits.reading.evidence import (
    OBJECTS,
    chunks,
    find_objects,
    look,
    measure_light,
    measure_shape,
    measure_surroundings,
)
from tests.photo.scenes import as_ink, blank, sheet_of


def proposed(ink: Ink, rules: Mask | None = None) -> Candidates:
    return propose(ink, np.zeros(ink.mask.shape, bool) if rules is None else rules)


def test_digits_look_less_strange_than_a_scribble_and_more_like_their_label(
    sample: Dataset, model: DigitKNN
) -> None:
    scribble = blank(28, 28)
    points = np.random.default_rng(4).integers(4, 24, (12, 2))
    cv2.polylines(scribble, [points.astype(np.int32)], False, 255, 1)
    looks = look(model, np.stack([*sample.digits[20:30], scribble]))
    assert looks.labels[:10].tolist() == list(range(10))
    assert (looks.features["strangeness"][:10] < looks.features["strangeness"][10]).all()
    assert (looks.features["agreement"][:10] > looks.features["agreement"][10]).all()
    assert all(len(values) == 11 and values.dtype == np.float32 for values in looks.features.values())
    assert len(looks.none().labels) == 0


def test_a_model_that_knows_no_signs_cannot_judge_and_it_is_told(sample: Dataset) -> None:
    plain = DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=PixelValues())
    with pytest.raises(UsageError, match="must know signs: take the bundled one"):
        look(plain, sample.digits[:2])


def test_shape_tells_holes_and_pieces() -> None:
    ring, bar, dots = blank(28, 28), blank(28, 28), blank(28, 28)
    cv2.circle(ring, (14, 14), 8, 255, 2)
    bar[4:24, 12:16] = 255
    dots[4:8, 4:8] = dots[20:24, 20:24] = 255
    pages = [np.pad(np.kron(one, np.ones((4, 4), np.uint8)), 20) for one in (ring, bar)]
    features = [measure_shape(proposed(as_ink(page)), np.stack([ring])[:1]) for page in pages]
    assert features[0]["holes"].tolist() == [1]
    assert features[0]["pieces"].tolist() == [1]
    assert features[0]["aspect"] == pytest.approx([0])
    assert measure_shape(proposed(as_ink(pages[0])), dots[None])["pieces"].tolist() == [2]


def test_light_tells_a_soft_mark_from_a_sharp_one_and_ink_on_rules() -> None:
    darkness = np.zeros((100, 300), np.float32)
    darkness[20:70, 40:50] = darkness[20:70, 200:210] = 0.9
    darkness[15:75, 195:200] = darkness[15:75, 210:215] = 0.2  # the paper beside the second is grey
    ink = Ink(darkness=darkness, threshold=0.45)
    rules = np.zeros(ink.mask.shape, bool)
    rules[20:30, 40:50] = True
    sharp, soft = 0, 1
    found = proposed(ink)
    assert found.boxes[:2].tolist() == [[40, 20, 10, 50], [200, 20, 10, 50]]
    features = measure_light(found, ink, rules)
    assert features["around at 1"][:2].tolist() == [0, 0]
    assert features["around at 0.4"][sharp] == 0
    assert features["around at 0.4"][soft] > 0.1
    assert features["on rules"][:2] == pytest.approx([0.2, 0])
    assert features["darkness"][:2] == pytest.approx([2, 2])


def test_light_is_that_of_the_whole_page_also_where_it_is_summed_up_strip_by_strip() -> None:
    darkness = np.random.default_rng(5).random((2 * STRIP + 70, 60), dtype=np.float32)
    darkness = (darkness / 4).astype(np.float32)
    for top, bottom in ((20, 60), (STRIP - 30, STRIP + 40), (STRIP + 50, 2 * STRIP + 20)):
        darkness[top:bottom, 20:30] = 0.9
    ink = Ink(darkness=darkness, threshold=0.45)
    found = proposed(ink)
    features = measure_light(found, ink, ink.mask)
    for row, (left, top, width, height) in enumerate(found.boxes.tolist()):
        there = darkness[top : top + height, left : left + width]
        assert features["darkness"][row] == pytest.approx(there.mean() / 0.45)
        assert features["on rules"][row] == pytest.approx((there > 0.45).sum() / found.areas[row])


def test_surroundings_tell_a_row_of_like_marks_from_a_mark_alone(sample: Dataset) -> None:
    page = np.pad(sheet_of(sample.digits, range(20, 25)).ink, ((0, 300), (0, 0)))
    page[400:440, 100:108] = 255
    found = proposed(as_ink(page))
    features = measure_surroundings(found, page.shape)
    alone = found.boxes[:, 1] > 300
    assert (features["similar in row"][~alone] >= 2).all()
    assert (features["all in row"][alone] == 0).all()
    assert (features["to usual height"][alone] < -0.5).all()


def test_surroundings_tell_what_is_a_frame_of_others(sample: Dataset) -> None:
    page = sheet_of(sample.digits, range(20, 25)).ink
    cv2.rectangle(page, (5, 5), (page.shape[1] - 6, page.shape[0] - 6), 255, 3)
    found = proposed(as_ink(page))
    features = measure_surroundings(found, page.shape)
    frame = found.boxes[:, 2] > 500
    assert (features["inside"][frame] >= 5).all()
    assert (features["frames"][~frame] >= 1).all()


def test_candidates_are_compared_with_those_at_the_threshold_the_highest_where_there_are_too_many() -> None:
    boxes = np.stack([np.zeros(2000), np.zeros(2000), np.full(2000, 5), np.arange(2000) + 10], axis=1)
    levels = np.where(np.arange(2000) % 2, 1.0, 0.55).astype(np.float32)
    objects = find_objects(boxes.astype(np.int64), levels)
    assert len(objects) == OBJECTS
    assert objects[0] == 1999
    assert (levels[objects] == 1).all()
    assert find_objects(boxes.astype(np.int64)[:3], levels[::2][:3]).tolist() == [2, 1, 0]


def test_chunks_hold_every_row_once() -> None:
    rows = np.arange(1000)
    assert np.concatenate([rows[part] for part in chunks(1000)]).tolist() == rows.tolist()
    assert len(list(chunks(0))) == 1
