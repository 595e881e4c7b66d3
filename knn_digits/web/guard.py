"""A request -> whether it may be answered: only this machine's own page, or who has the token, may ask.

A page of another site that is open in the same browser could send requests to this machine, too. It is known
by its Origin; and one that has this machine's address under a name of its own, by its Host.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from knn_digits.web.forms import Receive, RefusedError

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
COOKIE = "knn-digits-token"
OPEN = "/health"  # answered without a token
SAFE = ("GET", "HEAD")  # methods that change nothing
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who may ask."""

    host: str | None = None  # that the user named; None: this machine alone may ask
    token: str | None = None  # without which nothing is answered, where there is one

    def check(self, method: str, headers: Mapping[str, str], path: str) -> None:
        """Raise RefusedError for a request that is not to be answered."""
        self._check_host(headers.get("host", ""))
        _check_origin(method, headers)
        if self.token is not None and path != OPEN and not self._has_token(headers):
            raise RefusedError(401, "open the address that `knn-digits serve` printed: the token is in it")

    def _check_host(self, host: str) -> None:
        """A name is allowed if the user gave it; an address, which no other site can take, with a token."""
        name = _host_name(host)
        if name in LOOPBACK or (self.host is not None and name in (self.host, *_address(name))):
            return
        raise RefusedError(421, f"{host or 'no host'} is not served: use the address that was printed")

    def _has_token(self, headers: Mapping[str, str]) -> bool:
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        cookies = dict(part.strip().partition("=")[::2] for part in headers.get("cookie", "").split(";"))
        return self.is_token(bearer) or self.is_token(cookies.get(COOKIE, ""))

    def is_token(self, given: str) -> bool:
        """Tell whether this is the token, in a time that does not tell how much of it is right."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())


def _check_origin(method: str, headers: Mapping[str, str]) -> None:
    """Raise RefusedError where a browser says that another site's page asks."""
    origin, host = headers.get("origin"), headers.get("host", "")
    foreign = origin is not None and urlsplit(origin).netloc != host
    site = headers.get("sec-fetch-site", "none")
    if foreign or (method not in SAFE and site not in ("same-origin", "none")):
        raise RefusedError(403, "a page of another site asks: only the page of this server may")


def _host_name(host: str) -> str:
    """Return the name or address in a header Host, "" where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _address(name: str) -> tuple[str, ...]:
    """Return the name if it is an address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return ()
    return (name,)


class Guard:
    """An app behind the rules, all of whose answers say what a browser may do with them."""

    def __init__(self, app: App, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; what is no HTTP is not served."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message.get("headers", ())}
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                missing = [pair for pair in more if pair[0] not in own]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self._answer(scope, receive, send_with_headers)

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        from starlette.responses import JSONResponse, RedirectResponse

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        signs_in = scope["path"] == "/" and self._rules.is_token(given)
        if signs_in:
            headers["authorization"] = f"Bearer {given}"
        try:
            self._rules.check(scope["method"], headers, scope["path"])
        except RefusedError as refused:
            answer = JSONResponse({"error": str(refused)}, status_code=refused.status)
            await answer(scope, receive, send)
            return
        if signs_in:  # the token leaves the address, and with it the browser's history
            redirect = RedirectResponse("/", status_code=303)
            redirect.set_cookie(COOKIE, given, httponly=True, samesite="strict")
            await redirect(scope, receive, send)
            return
        await self._app(scope, receive, send)
