import cv2
import numpy as np
import pytest

from benchmarks.data.harms import KINDS, Kind, Scene

GENTLE = [kind for kind in KINDS if kind.name != "JPEG quality"]


def make_scene(*, light_on_dark: bool) -> Scene:
    page = np.full((200, 300, 3), 230, np.uint8)
    cv2.putText(page, "47", (70, 140), cv2.FONT_HERSHEY_SIMPLEX, 3, (40, 40, 40), 12)
    return Scene(pixels=255 - page if light_on_dark else page, light_on_dark=light_on_dark)


def harm(name: str, scene: Scene, level: float, seed: int = 1) -> np.ndarray:
    kind = next(kind for kind in KINDS if kind.name == name)
    return kind.harm(scene, level, np.random.default_rng(seed)).astype(np.float64)


def ink(pixels: np.ndarray, scene: Scene) -> int:
    grey = pixels.mean(axis=2)
    return int((grey > 130).sum() if scene.light_on_dark else (grey < 130).sum())


both = pytest.mark.parametrize("light_on_dark", [False, True])


@both
@pytest.mark.parametrize("kind", GENTLE, ids=lambda kind: kind.name)
def test_the_first_level_does_hardly_any_harm(kind: Kind, light_on_dark: bool) -> None:
    scene = make_scene(light_on_dark=light_on_dark)
    harmed = harm(kind.name, scene, kind.levels[0])
    assert harmed.shape == scene.pixels.shape
    assert np.abs(harmed - scene.pixels).mean() < 2


@both
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_last_level_does_harm_and_the_same_again(kind: Kind, light_on_dark: bool) -> None:
    scene = make_scene(light_on_dark=light_on_dark)
    first, again = (harm(kind.name, scene, kind.levels[-1]) for _ in range(2))
    assert (first == again).all()
    assert first.shape != scene.pixels.shape or np.abs(first - scene.pixels).mean() > 2


@both
def test_strokes_become_thinner_and_thicker_and_contrast_fades(light_on_dark: bool) -> None:
    scene = make_scene(light_on_dark=light_on_dark)
    amounts = [ink(harm("strokes thinner", scene, level), scene) for level in (6, 3, 0)]
    amounts += [ink(harm("strokes thicker", scene, level), scene) for level in (4, 8)]
    assert amounts == sorted(set(amounts))
    low, high = np.percentile(harm("contrast", scene, 30), [3, 97])
    assert high - low == pytest.approx(0.3 * np.ptp(scene.pixels), rel=0.1)


def test_digits_shrink_to_the_height_that_is_asked_for() -> None:
    assert harm("digit height", make_scene(light_on_dark=False), 6).shape == (20, 30, 3)


def test_a_page_is_turned_whole_and_goes_on_beyond_its_edges() -> None:
    scene = make_scene(light_on_dark=False)
    turned = harm("rotation", scene, 45)
    assert ink(turned, scene) == pytest.approx(ink(scene.pixels, scene), rel=0.03)
    assert turned[:10].min() > 200


@pytest.mark.parametrize("name", ["shadow, hard edge", "shadow, soft edge"])
def test_a_shadow_takes_the_light_from_one_side_alone(name: str) -> None:
    page = Scene(pixels=np.full((600, 800, 3), 200, np.uint8), light_on_dark=False)
    shaded = harm(name, page, 60)
    assert shaded.min() == 80
    assert shaded.max() == 200


def test_lines_are_darker_than_paper_and_brighter_than_a_blackboard() -> None:
    dark, light = (make_scene(light_on_dark=on_dark) for on_dark in (False, True))
    assert (harm("squared paper", dark, 50) <= dark.pixels).all()
    assert (harm("squared paper", light, 50) >= light.pixels).all()
