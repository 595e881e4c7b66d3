"""A seed and a pool of digits -> a page as people photograph them, with the exact box of each mark on it.

`layouts` and `forms` say what stands where, `writing` and `printing` make the marks, `surfaces` what they
stand on, `view` how the sheet lies, `camera` what becomes of it all.
"""

from benchmarks.data.pages.page import KINDS, DrawnMark, Page, draw_page
from benchmarks.data.pages.pool import Pool, training_pool

__all__ = ["KINDS", "DrawnMark", "Page", "Pool", "draw_page", "training_pool"]
