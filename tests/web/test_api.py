import json
import pathlib

import cv2
import numpy as np
import pytest

from knn_digits.datasets import Dataset
from knn_digits.reading import read_photo
from knn_digits.reports.readings import as_object
from tests.pages import draw
from tests.web.conftest import FOUR, Client, draw_four, png


@pytest.fixture(scope="session")
def photo() -> bytes:
    """Two digits on a page."""
    page = np.full((120, 220), 235, np.uint8)
    page[10:110, 10:110] = draw_four(size=100, ink=40, paper=235)
    page[10:110, 110:210] = draw_four(size=100, ink=40, paper=235)
    return png(page)


def test_a_drawing_is_read_with_its_neighbors_and_votes(client: Client) -> None:
    answer = client.draw().json()
    assert (answer["label"], answer["text"], answer["calibrated"]) == (4, "4", True)
    assert answer["votes"][0]["label"] == 4
    assert sum(vote["share"] for vote in answer["votes"]) == pytest.approx(1)
    assert len(answer["neighbors"]) == answer["k"] == 9
    assert all(found["picture"].startswith("data:image/png;base64,") for found in answer["neighbors"])
    distances = [found["distance"] for found in answer["neighbors"]]
    assert distances == sorted(distances)
    assert answer["runner_up"]["label"] != 4


@pytest.mark.parametrize("sign", ["-", "+", "."])
def test_a_drawing_that_is_a_sign_is_refused_as_a_digit_and_explained(client: Client, sign: str) -> None:
    page = np.full((280, 280), 255, np.uint8)
    lines = {
        "-": [(90, 140, 190, 140)],
        "+": [(90, 140, 190, 140), (140, 90, 140, 190)],
        ".": [(140, 140) * 2],
    }
    for left, top, right, bottom in lines[sign]:
        cv2.line(page, (left, top), (right, bottom), 0, 18)
    answer = client.draw(png(page)).json()
    assert (answer["label"], answer["text"]) == (None, "?")
    assert answer["reasons"]


@pytest.mark.parametrize("k", ["1", "25"])
def test_as_many_neighbors_vote_as_are_asked_for(client: Client, k: str) -> None:
    answer = client.draw(fields={"k": k, "weights": "uniform"}).json()
    assert (
        answer["k"]
        == len(answer["neighbors"])
        == sum(vote["neighbors"] for vote in answer["votes"])
        == int(k)
    )
    assert {found["weight"] for found in answer["neighbors"]} == {1.0}
    assert not answer["calibrated"]


def test_blocks_come_with_the_counts_of_their_grid(client: Client) -> None:
    answer = client.draw(fields={"features": "blocks"}).json()
    assert np.shape(answer["counts"]) == (5, 4)
    assert np.shape(answer["neighbors"][0]["counts"]) == (5, 4)
    assert answer["grid"] == {"window": 20}
    assert np.shape(client.draw(fields={"features": "blocks", "grid": "7x7"}).json()["counts"]) == (7, 7)


def test_a_network_answers_beside_the_neighbors(client: Client) -> None:
    answer = client.draw(fields={"network": "cnn"}).json()
    assert answer["network"]["name"] == "cnn"
    assert answer["network"]["label"] == 4
    assert "network" not in client.draw().json()


def test_a_drawing_on_clear_paper_is_the_same(client: Client) -> None:
    ink = draw_four()
    clear = np.dstack([np.zeros((*ink.shape, 3), np.uint8), 255 - ink])
    assert client.draw(png(clear)).json()["digit"] == client.draw(FOUR).json()["digit"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"k": "0"}, "k must be a whole number from 1 to 100, got '0'"),
        ({"k": "101"}, "k must be"),
        ({"k": "²"}, "k must be"),
        ({"features": "magic"}, "features must be one of default, blocks"),
        ({"weights": "heavy"}, "weights must be one of uniform, distance"),
        ({"network": "../x.onnx"}, "network must be one of ann, cnn"),
        ({"features": "blocks", "grid": "3x3"}, "a grid of 3x3 does not fit"),
        ({"features": "blocks", "grid": "lots"}, "grid must be ROWSxCOLUMNS"),
        ({"grid": "0x0"}, "grid belongs to features=blocks"),
        ({"features": "hog", "grid": "7x7"}, "grid belongs to features=blocks"),
    ],
)
def test_what_cannot_be_asked_for_is_told(client: Client, fields: dict[str, str], words: str) -> None:
    answer = client.draw(fields=fields)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (b"GIF89a", "a drawing must be a PNG"),
        (b"\x89PNG", "not a picture that can be read"),
        (FOUR[:200], "damaged"),
        (png(np.full((100, 100), 255, np.uint8)), "nothing is drawn"),
        (png(np.zeros((1, 4_000_001), np.uint8)), "megapixels"),
    ],
)
def test_a_hostile_drawing_is_refused_in_one_line(client: Client, drawing: bytes, words: str) -> None:
    answer = client.draw(drawing)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_what_no_route_answers_is_told_as_json(client: Client) -> None:
    for path, status, said in (
        ("/api/write", 404, "is no address here"),
        ("/api/read", 405, "takes POST alone"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
        assert said in answer.json()["error"]
    assert answer.headers["allow"] == "POST"


def test_a_photo_is_told_as_classify_tells_it(client: Client, photo: bytes) -> None:
    answer = client.send("/api/read", photo)
    assert answer.json() == json.loads(json.dumps(as_object("photo.png", read_photo(photo, "bundled"))))
    assert answer.json()["text"].replace(" ", "") == "44"


def test_the_tables_of_a_photo_are_told_where_they_are_asked_for(client: Client) -> None:
    form = pathlib.Path("samples/form.jpg").read_bytes()
    (table,) = client.send("/api/read", form, {"tables": "1"}).json()["tables"]
    assert (table["rows"], table["columns"], len(table["cells"])) == (5, 8, 40)
    assert client.send("/api/read", form).json()["tables"] == []


def test_a_photo_that_is_none_is_refused(client: Client) -> None:
    answer = client.send("/api/read", b"<svg onload=alert(1)>")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert "not a picture" in answer.json()["error"]
    assert "an empty one" in client.send("/api/read", b"").json()["error"]


def test_a_digit_of_a_photo_tells_what_those_that_look_like_it_there_say(
    client: Client, sample: Dataset
) -> None:
    twice = png(draw(sample.digits, (3, 1, 4), (3, 1, 4)))
    answer = client.send("/api/explain", twice, {"digit": "1"}).json()
    assert answer["reasons"][0].startswith("votes of digits like it on its page: ")
    assert "for 3; nearest are digit 4 (3)" in answer["reasons"][0]


def test_a_digit_of_a_photo_is_told_as_a_drawing_is(client: Client, photo: bytes) -> None:
    answer = client.send("/api/explain", photo, {"digit": "2", "k": "3"}).json()
    assert (answer["number"], answer["read"]["label"], answer["label"], len(answer["neighbors"])) == (
        2,
        4,
        4,
        3,
    )
    assert "there is no digit 3" in client.send("/api/explain", photo, {"digit": "3"}).json()["error"]
    assert "digit must be" in client.send("/api/explain", photo, {"digit": "-1"}).json()["error"]


def test_a_digit_of_a_sudoku_is_explained_by_the_printed_digits_that_voted(client: Client) -> None:
    sudoku = (pathlib.Path(__file__).parents[2] / "samples/jobs/sudoku.jpg").read_bytes()
    first = client.send("/api/explain", sudoku, {"digit": "1"}).json()
    assert first["read"]["label"] == first["votes"][0]["label"]
    assert any(found["name"].startswith("printed digit") for found in first["neighbors"])


def test_all_stages_of_a_photo_are_shown(client: Client, photo: bytes) -> None:
    stages = client.send("/api/stages", photo).json()["stages"]
    assert [stage["title"] for stage in stages][::3] == [
        "The photo",
        "Candidates: all that may be digits",
        "The digits as classified, 28 by 28 pixels",
    ]
    assert all(stage["picture"].startswith("data:image/jpeg;base64,") for stage in stages)


def test_a_correction_is_learned_listed_used_and_taken_back(
    client: Client, photo: bytes, home: pathlib.Path
) -> None:
    both = client.send("/api/learn", photo, {"truth": "99", "digit": "1", "label": "9"})
    assert (both.status_code, "truth is what all digits are" in both.json()["error"]) == (400, True)
    lesson = client.send("/api/learn", photo, {"digit": "1", "label": "9", "force": "1"}).json()
    assert lesson["learned"] == "9"
    assert lesson["check"]["learned"] == 1
    assert lesson["after"]["text"].startswith("9")
    assert [found["text"] for found in client.get("/api/learned").json()["learned"]] == ["9"]
    assert client.send("/api/read", photo).json()["text"].startswith("9")
    written = sorted(path.suffix for path in home.rglob("*") if path.is_file())
    assert written == [".npz"]
    assert client.send("/api/undo", photo).json()["taken_back"]["text"] == "9"
    assert client.send("/api/read", photo).json()["text"].startswith("4")
    nothing = client.ask("POST", "/api/undo")
    assert (nothing.status_code, "nothing is learned" in nothing.json()["error"]) == (409, True)


def test_what_harms_is_not_learned(client: Client, sample: Dataset) -> None:
    zero = png(255 - sample.digits[0])
    answer = client.send("/api/learn", zero, {"digit": "1", "label": "3"})
    assert answer.status_code == 409
    assert "this harms" in answer.json()["error"]
    assert client.get("/api/learned").json()["learned"] == []


def test_nothing_is_learned_by_a_get(client: Client) -> None:
    for path in ("/api/learn", "/api/undo", "/api/draw", "/api/read"):
        assert client.get(path).status_code == 405


def test_the_map_holds_digits_and_the_drawing_lies_on_it(client: Client) -> None:
    shown = client.send("/api/space", b"-").json()
    assert len(shown["places"]) == len(shown["labels"]) == 1500
    assert np.min(shown["places"]) >= 0
    assert np.max(shown["places"]) <= 1
    x, y = client.draw().json()["place"]
    fours = np.array(shown["places"])[np.array(shown["labels"]) == 4]
    assert np.hypot(*(fours - (x, y)).T).min() < 0.1


def test_health_says_that_it_is_well(client: Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
