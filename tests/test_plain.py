import unicodedata

import hypothesis
from hypothesis import strategies as st

from knn_digits.plain import plain


@hypothesis.given(st.text(st.characters(exclude_categories=())))
def test_no_text_has_a_control_or_more_than_one_line_when_it_is_plain(text: str) -> None:
    said = plain(text)
    assert not {unicodedata.category(letter) for letter in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert said.splitlines() == [said] * bool(said)
    said.encode()  # a lone surrogate would not


def test_what_can_be_printed_stays_as_it_is() -> None:
    for text in ("", "C:\\data\\größe 1.npz", "数字 ٣", "a\u202fb", "ok 👍"):
        assert plain(text) == text


def test_escapes_are_those_of_python() -> None:
    assert plain("\x1b]0;title\x07\r\n\x7f\x9b\u202e\u2028\udcff") == (
        r"\x1b]0;title\x07\r\n\x7f\x9b\u202e\u2028\udcff"
    )
