"""A k-nearest-neighbor reader of handwritten digits that shows its evidence."""

__version__ = "0.1.0"
