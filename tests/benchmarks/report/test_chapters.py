from benchmarks.report.chapter_cost import frontier


def test_on_the_frontier_is_what_nothing_beats_in_both() -> None:
    models = {
        name: {"kind": "k-NN", "error_rate": error}
        for name, error in (("a", 3), ("b", 2), ("c", 2), ("d", 1))
    }
    timed = {"batch_seconds": {"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]}}
    points = frontier(models, timed, None)
    assert [(point["name"], point["frontier"]) for point in points] == [
        ("a", True),
        ("b", True),
        ("c", False),
        ("d", True),
    ]
