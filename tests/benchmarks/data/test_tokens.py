from benchmarks.data.tokens import as_marks, spell


def test_what_means_the_same_is_spelled_the_same() -> None:
    assert spell(["3*4", "x - 1,5"]) == spell(["3 x 4", "x \u2212 1.5"]) == "3\u00d74x-1.5"
    assert spell(["5²+1"]) == spell(["5^2 + 1"]) == "5^2+1"


def test_each_mark_has_a_letter() -> None:
    assert as_marks("a+98^2=7") == "?+982=7"
