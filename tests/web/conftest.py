import asyncio
import io
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from knn_digits.arrays import Pixels
from knn_digits.web.app import make_app
from knn_digits.web.guard import Guard

HERE = "http://127.0.0.1:8765"


def draw_four(*, size: int = 280, ink: int = 0, paper: int = 255) -> Pixels:
    """Return a 4, (size, size)."""
    image = Image.new("L", (size, size), paper)
    unit = size / 280
    for line in ([(80, 60), (70, 150), (190, 150)], [(185, 50), (180, 240)]):
        points = [(x * unit, y * unit) for x, y in line]
        ImageDraw.Draw(image).line(points, fill=ink, width=round(18 * unit), joint="curve")
    return np.asarray(image)


def png(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


FOUR = png(draw_four())


class Client:
    """Asks an app as one on this machine does."""

    def __init__(self, app: Guard, base: str = HERE) -> None:
        self._app, self._base = app, base

    def ask(self, method: str, path: str, **more: Any) -> Any:
        return asyncio.run(self.ask_soon(method, path, **more))

    async def ask_soon(self, method: str, path: str, **more: Any) -> Any:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
            return await client.request(method, path, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more)

    def draw(self, drawing: bytes = FOUR, fields: Mapping[str, str] | None = None) -> Any:
        return self.ask("POST", "/api/draw", files={"drawing": drawing}, data=fields or {})

    def send(self, path: str, photo: bytes, fields: Mapping[str, str] | None = None) -> Any:
        return self.ask("POST", path, files={"photo": ("photo.png", photo)}, data=fields or {})


@pytest.fixture(scope="session")
def app() -> Guard:
    return make_app("bundled")


@pytest.fixture
def client(app: Guard, home: object) -> Client:
    return Client(app)
