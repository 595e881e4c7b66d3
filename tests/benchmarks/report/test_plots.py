from benchmarks.report.labels import label_points
from benchmarks.report.plots import draw_digits, draw_reliability, draw_votes, start


def test_a_label_lies_on_no_point_and_on_no_other_label() -> None:
    figure, axes = start()
    names = {f"model {n}": (1 + n % 4 * 0.03, 1 + n // 4 * 0.03) for n in range(16)}
    others = [(1 + n * 0.01, 1.05) for n in range(12)]
    axes.plot(*zip(*names.values(), *others, strict=True), "o")
    axes.set(xlim=(0.5, 1.6), ylim=(0.5, 1.6))
    label_points(figure, axes, names, others)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert len(boxes) == 16
    spots = [axes.transData.transform(place) for place in (*names.values(), *others)]
    assert not any(box.contains(*spot) for box in boxes for spot in spots)
    assert not any(one.overlaps(two) for place, one in enumerate(boxes) for two in boxes[:place])


def test_weights_that_make_no_difference_are_one_line() -> None:
    errors = {
        "pixels": {"uniform": [300, 310], "distance": [300, 312]},
        "hog": {"uniform": [100, 90], "distance": [200, 190]},
    }
    axes = draw_votes({"errors": errors, "n": 10_000, "k": [1, 3]}).axes[0]
    assert [line.get_label() for line in axes.lines] == ["pixels, both", "hog, uniform", "hog, distance"]


def test_digits_have_no_order_so_no_line_joins_them() -> None:
    models = {name: {"recall": [0.9] * 10} for name in ("a", "b")}
    (one, two) = draw_digits({"models": models}, ["a", "b"]).axes[0].lines
    assert {one.get_linestyle(), two.get_linestyle()} == {"None"}
    assert (one.get_xdata() < two.get_xdata()).all()


def test_reliability_has_an_interval_for_each_bin_and_all_counts() -> None:
    bins = [
        {"n": n, "confidence": share, "accuracy": share} for n, share in ((4, 0.5), (40, 0.75), (400, 1.0))
    ]
    found = {"models": {"a": {"calibration_error": 0.01, "bins": bins}}}
    shares, counts = draw_reliability(found).axes
    (bars,) = shares.containers
    (segments,) = bars[2]
    assert len(segments.get_segments()) == 2
    assert list(counts.lines[0].get_ydata()) == [4, 40, 400]
