"""Host, port and app -> a server that runs until it is told to end."""

import asyncio
import socket
from collections.abc import Callable

from knn_digits.errors import UsageError
from knn_digits.plain import plain
from knn_digits.web.guard import App

MOST_CONNECTIONS = 200  # at once: more are told to come again
LONGEST_QUEUE = 128  # connections that the system holds for us


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; UsageError if the address cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(*found[:3])  # asyncio lets what is known as TCP send at once, and else not
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot use the host {plain(host)}: {error}") from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(found[4])
        opened.listen(LONGEST_QUEUE)
    except OSError as error:
        opened.close()
        reason = error.strerror or error
        raise UsageError(
            f"cannot serve at {plain(host)}, port {port}: {reason}; choose another --port"
        ) from error
    return opened


def serve(app: App, listening: socket.socket, *, started: Callable[[], None]) -> None:
    """Answer requests until Ctrl-C or SIGTERM, and then end at once, whatever is being worked on.

    Parameters
    ----------
    app : ASGI app
    listening : socket
        As `open_socket` returns it.
    started : callable
        Called when requests are answered.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        log_level="critical",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        telling = asyncio.create_task(_tell(server, started))
        await server.serve(sockets=[listening])
        telling.cancel()

    asyncio.run(run())


async def _tell(server: object, started: Callable[[], None]) -> None:
    while not getattr(server, "started", False):
        await asyncio.sleep(0.01)
    started()
