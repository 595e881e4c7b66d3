"""Ground: picture file -> upright RGB pixels, page by page; RGB pixels -> PNG. All pictures pass here.

Formats are named, sizes are bounded and bytes go through Python's own files, so that a hostile file is
refused and a path in any script works.
"""

from knn_digits.images.bounds import MAX_BYTES, MAX_PIXELS, MAX_STREAM
from knn_digits.images.decode import Picture
from knn_digits.images.encode import encode_png, encode_preview, write_png
from knn_digits.images.folders import FORMATS, Listing, is_companion, list_folder, list_pictures
from knn_digits.images.pages import convert_picture, read_pages, read_picture
from knn_digits.images.source import split_page

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_STREAM",
    "Listing",
    "Picture",
    "convert_picture",
    "encode_png",
    "encode_preview",
    "is_companion",
    "list_folder",
    "list_pictures",
    "read_pages",
    "read_picture",
    "split_page",
    "write_png",
]
