"""Photos whose text is known with its signs -> how much of it `classify --signs --json` tells, and RapidOCR.

The right share is 1 less the edit distance over the length, spaces left out. The shipped judges learned from
the photos: `--texts` has what judges read that did not, as `benchmarks.learn_signs --texts` writes it.
"""

import argparse
import hashlib
import json
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from benchmarks.data.tokens import spell, tokens_of
from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.models.readers import RapidOcr
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run, say
from knn_digits.errors import DataError
from knn_digits.evaluation import add_scores, score_photo
from knn_digits.reading import Reader
from knn_digits.reports.readings import as_object

Texts = Mapping[str, str]  # what was read, as `spell` spells it, by the name of a photo


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    photos = [photo for photo in load_photos(options.photos) if tokens_of(photo)]
    if not photos:
        raise DataError(f"{options.photos / TRUTH} tells no photo with its signs: give some `tokens`")
    readers = {name: score_tokens(photos, read) for name, read in read_all(photos, options)}
    truth = hashlib.sha256((options.photos / TRUTH).read_bytes()).hexdigest()
    spelled = "PHOTO_DIR" + " --texts JSON" * bool(options.texts) + " --no-peers" * options.no_peers
    result = {"truth_sha256": truth, "photos": len(photos), "readers": readers}
    print(write_record(options.output, record("tokens", result, options=spelled)))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}")
    add("--texts", type=pathlib.Path, metavar="JSON", help="what is read where a photo's source is left out")
    add("--no-peers", action="store_true", help="score our own reading alone")
    add_output_option(parser)
    return parser.parse_args(arguments)


def read_all(photos: Sequence[Photo], options: argparse.Namespace) -> Iterator[tuple[str, Texts]]:
    """Yield each reader, and what it reads in each photo."""
    if options.texts:
        yield "knn-digits bundled, sources left out", json.loads(options.texts.read_text("utf-8"))
    yield "knn-digits bundled", read_by_us(photos)
    if not options.no_peers and find_spec("rapidocr"):
        yield "rapidocr", read_by_peer(photos)
    elif not options.no_peers:
        say("rapidocr is not installed: `pip install rapidocr onnxruntime`")


def read_by_us(photos: Sequence[Photo]) -> dict[str, str]:
    """Return what `classify --signs --json` tells of each photo."""
    reader, found = Reader("bundled"), {}
    for photo in progress(photos, "as shipped"):
        told = as_object(photo.path.name, reader.read(photo.path), signs=True)
        found[photo.path.name] = spell(line["text"] for line in told["lines"])
    return found


def read_by_peer(photos: Sequence[Photo]) -> dict[str, str]:
    """Return what RapidOCR reads in the photos whose text is known with its signs."""
    peer = RapidOcr()
    known = [photo for photo in photos if tokens_of(photo)]
    return {photo.path.name: spell(peer.read_text(photo)) for photo in progress(known, peer.name)}


def group_tokens(photos: Sequence[Photo]) -> dict[str, list[Photo]]:
    """Return the photos whose text is known with its signs, for each group that is reported."""
    known = [photo for photo in photos if tokens_of(photo)]
    jobs: dict[str, list[Photo]] = {}
    for photo in known:
        jobs.setdefault(str(photo.entry.get("job", "other")), []).append(photo)
    sums = jobs.pop("sum", [])
    pure = [photo for photo in sums if not re.search("[a-zA-Z]", spell(tokens_of(photo)))]
    groups = {"sums of digits and signs alone": pure, "all sums": sums, "all": known, **jobs}
    return {name: group for name, group in groups.items() if group}


def score_tokens(photos: Sequence[Photo], read: Texts) -> dict[str, dict[str, Any]]:
    """Return how much of each group is right; `read` has what was read, as it is spelled, by name."""
    found = {}
    for name, group in group_tokens(photos).items():
        score = add_scores(
            score_photo(spell(tokens_of(photo)), read.get(photo.path.name, "")) for photo in group
        )
        found[name] = {
            "right": round(score.accuracy or 0.0, 4),
            "marks": score.digits,
            "exact": score.exact,
            "photos": len(group),
        }
    return found


if __name__ == "__main__":
    run(main)
