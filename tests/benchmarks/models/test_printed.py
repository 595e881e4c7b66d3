import numpy as np
import pytest

from benchmarks.models.printed import SEEN, draw_digits, find_face
from knn_digits.datasets.printed import load_printed

pytest.importorskip("matplotlib", reason="the fonts are matplotlib's: pip install matplotlib")


def test_the_file_is_what_the_command_draws() -> None:
    printed = load_printed()
    drawn = draw_digits(find_face("DejaVuSans"), *SEEN[-1])
    own = printed.digits[printed.faces == "DejaVuSans"][-10:]
    assert np.abs(drawn.astype(int) - own.astype(int)).mean() < 2  # other versions draw edges otherwise
