"""Requests -> answers: the routes of the server, each of which parses, makes one call and tells."""

import functools
import mimetypes
import pathlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from knn_digits import __version__
from knn_digits.classifiers.load import Model
from knn_digits.classifiers.network import NETWORKS
from knn_digits.errors import DataError, KnnDigitsError, PhotoError, UsageError, shown
from knn_digits.features import FEATURES
from knn_digits.images import MAX_STREAM
from knn_digits.reports.pages import TEMPLATES, render
from knn_digits.reports.readings import json_text
from knn_digits.threads import usable_threads
from knn_digits.web.crew import BusyError, Crew
from knn_digits.web.drawing import answer_digit, read_drawing
from knn_digits.web.forms import Bodies, RefusedError, Upload, read_form
from knn_digits.web.guard import Guard, Rules
from knn_digits.web.photos import Photos, preview, tell_learned, undo_learned
from knn_digits.web.shelf import DEFAULT, Asked, Shelf
from knn_digits.web.space import tell_map

HERE = pathlib.Path(__file__).parent
MOST_DRAWING = 2_000_000  # bytes: of a drawing, with all fields of its form
WAITING_DRAWINGS, WAITING_PHOTOS = 24, 4  # that wait for a thread: more are told to come again
BUSY = "too much is asked at once: try again in a moment"
Fields = Mapping[str, Upload]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, eq=False)
class Desk:
    """What the routes work with: models, and who works. Photos do not keep drawings waiting."""

    shelf: Shelf
    photos: Photos
    bodies: Bodies
    quick: Crew
    slow: Crew

    @classmethod
    def of(cls, model: Model) -> "Desk":
        """Return the desk of a server whose drawings are read by this model where no other is asked for."""
        shelf = Shelf(model)
        return cls(
            shelf=shelf,
            photos=Photos(shelf),
            bodies=Bodies(most=2 * MAX_STREAM),
            quick=Crew(threads=usable_threads(), waiting=WAITING_DRAWINGS),
            slow=Crew(threads=1, waiting=WAITING_PHOTOS),
        )


def make_app(model: Model = None, rules: Rules | None = None) -> Guard:
    """Return the app.

    Parameters
    ----------
    model : DigitKNN, name or path, optional
        By default the user's current model, else the bundled one.
    rules : Rules, optional
        By default this machine alone may ask.

    Raises
    ------
    UsageError, ModelError
        If the model is a network, or cannot be loaded.
    """
    desk = Desk.of(model)
    page = _page(desk).encode()
    routes = [
        Route("/", _fixed(page, "text/html; charset=utf-8")),
        *(_file_route(path) for path in (TEMPLATES / "look.css", *sorted((HERE / "static").iterdir()))),
        Route("/health", _fixed(_encode({"status": "ok", "version": __version__}), "application/json")),
        _post("/api/draw", desk, desk.quick, functools.partial(_draw, desk), most=MOST_DRAWING),
        _post("/api/read", desk, desk.slow, lambda form: desk.photos.read(_photo(form), form)),
        _post("/api/photo", desk, desk.slow, lambda form: preview(_photo(form))),
        _post("/api/explain", desk, desk.slow, lambda form: desk.photos.explain(_photo(form), form)),
        _post("/api/stages", desk, desk.slow, lambda form: desk.photos.stages(_photo(form))),
        _post("/api/learn", desk, desk.slow, lambda form: desk.photos.learn(_photo(form), form)),
        _post("/api/undo", desk, desk.slow, lambda _: undo_learned(), most=MOST_DRAWING),
        _post("/api/space", desk, desk.quick, functools.partial(_map, desk), most=MOST_DRAWING),
        Route("/api/learned", _get(desk.slow, tell_learned)),
    ]
    faults = {404: _tell_no_route, 405: _tell_no_route, Exception: _tell_fault}
    app = Starlette(routes=routes, exception_handlers=faults)
    return Guard(app, rules or Rules())


def _page(desk: Desk) -> str:
    shown = {
        "k": desk.shelf.plain(Asked()).options.k,
        "features": (DEFAULT, *FEATURES),
        "networks": NETWORKS,
        "version": __version__,
    }
    return render("page.html.jinja", shown, folder=HERE / "templates")


def _draw(desk: Desk, form: Fields) -> dict[str, Any]:
    return answer_digit(read_drawing(_field(form, "drawing").content), Asked.of(form), desk.shelf)


def _map(desk: Desk, form: Fields) -> dict[str, Any]:
    asked = Asked.of(form)
    return tell_map(desk.shelf.plain(asked), desk.shelf.map(asked))


def _photo(form: Fields) -> Upload:
    return _field(form, "photo")


def _field(form: Fields, name: str) -> Upload:
    if name not in form or not form[name].content:
        raise UsageError(f"the form has no {name}, or an empty one: send it as the field {name}")
    return form[name]


def _post(
    path: str, desk: Desk, crew: Crew, work: Callable[[Fields], dict[str, Any]], *, most: int = MAX_STREAM
) -> Route:
    """Return the route of a form of at most so many bytes, on which one of the crew works."""

    async def endpoint(request: Request) -> Response:
        length = 0
        try:
            declared = request.headers.get("content-length")
            body = await desk.bodies.read(request.receive, declared=declared, most=most)
            length = len(body)
            kind = request.headers.get("content-type", "")
            return _json(await crew.do(lambda: work(read_form(kind, body))))
        finally:
            desk.bodies.release(length)

    return Route(path, _telling(endpoint), methods=["POST"])


def _get(crew: Crew, work: Callable[[], dict[str, Any]]) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return _json(await crew.do(work))

    return _telling(endpoint)


def _telling(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that tells what goes wrong as JSON."""

    async def telling(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RefusedError as error:
            return _json({"error": str(error)}, status=error.status)
        except BusyError:
            return _json({"error": BUSY}, status=503)
        except KnnDigitsError as error:
            return _json({"error": str(error)}, status=_status(error))
        except MemoryError:
            return _json({"error": "there is too little memory for this: send a smaller picture"}, status=503)

    return telling


async def _tell_no_route(request: Request, error: Exception) -> Response:
    """Tell of an address, or a method, that no route has."""
    if not isinstance(error, HTTPException):
        raise error
    path, allowed = shown(request.url.path), error.headers or {}
    words = f"takes {allowed['Allow']} alone, got {request.method}" if allowed else "is no address here"
    answer = _json({"error": f"{path} {words}"}, status=error.status_code)
    answer.headers.update(allowed)
    return answer


async def _tell_fault(_: Request, error: Exception) -> Response:
    """Tell of what no one foresaw; the server goes on."""
    return _json({"error": f"a fault of knn-digits, please report it: {type(error).__name__}"}, status=500)


def _status(error: KnnDigitsError) -> int:
    if isinstance(error, PhotoError | UsageError):
        return 400
    return 409 if isinstance(error, DataError) else 500


def _json(content: object, *, status: int = 200) -> Response:
    headers = {"Retry-After": "1"} if status == 503 else None
    return Response(_encode(content), status, headers=headers, media_type="application/json")


def _encode(content: object) -> bytes:
    return json_text(content).encode()


def _fixed(content: bytes, kind: str) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return Response(content, media_type=kind)

    return endpoint


def _file_route(path: pathlib.Path) -> Route:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Route(f"/static/{path.name}", _fixed(path.read_bytes(), kind))
