"""The review screen's web application. It is meant for this machine's own browsers only.

Every request must name this server as its host (against DNS rebinding); every one but the way in needs
the cookie that a one-time link was exchanged for; every one that changes something must come from this
server's own page (``Origin``, RFC 6454).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audit.errors import AudioError, MetadataError, StoreBusyError, StoreError, TasleekError
from audit.review.access import SECURITY_HEADERS, Access, Session
from audit.review.desk import ReviewDesk
from audit.review.payloads import (
    Sent,
    call_payload,
    form_payload,
    queue_payload,
    scorecard_payload,
)
from audit.review.playback import PEAK_STEP_MS, Playback, Sound
from audit.review.verdicts import ReviewInputError, checked_name
from audit.store.reviews import Answer

_LARGEST_REQUEST_BYTES = 64 * 1024
_PIECE_BYTES = 256 * 1024
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def create_app(desk: ReviewDesk, access: Access, playback: Playback, language: str) -> Starlette:
    """The application. ``language`` (``ar`` or ``en``) is the page's until a reviewer changes it."""
    return Starlette(
        routes=_Screen(desk, access, playback, language).routes(),
        middleware=[Middleware(_Guard, access=access)],
        exception_handlers={TasleekError: _told},
    )


class _Guard:
    """Refuses what does not come from this server's own page, and sets the security headers."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS:
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        if headers.get("host") not in self._access.hosts:
            return _error(421, "host", "this address is not the review screen's")
        # Following a link from elsewhere is no harm; anything else from another site is.
        followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not followed:
            return _error(403, "origin", "requests from other sites are refused")
        if method in ("GET", "HEAD"):
            return None
        if headers.get("origin") not in self._access.origins:
            return _error(403, "origin", "requests from other sites are refused")
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _error(415, "type", "requests must be JSON")
        return None


class _Screen:
    def __init__(self, desk: ReviewDesk, access: Access, playback: Playback, language: str) -> None:
        self._desk = desk
        self._access = access
        self._playback = playback
        self._language = language

    def routes(self) -> list[Route]:
        return [
            Route("/", self._page),
            Route("/enter/{token}", self._enter),
            Route("/static/{name}", self._static),
            Route("/api/session", self._session, methods=["GET"]),
            Route("/api/session", self._rename, methods=["POST"]),
            Route("/api/links", self._link, methods=["POST"]),
            Route("/api/queue", self._queue, methods=["GET"]),
            Route("/api/call", self._call, methods=["GET"]),
            Route("/api/next", self._next, methods=["GET"]),
            Route("/api/audio", self._audio, methods=["GET"]),
            Route("/api/peaks", self._peaks, methods=["GET"]),
            Route("/api/turn-verdicts", self._judge_turn, methods=["POST"]),
            Route("/api/call-verdicts", self._judge_call, methods=["POST"]),
            Route("/api/answers", self._answer, methods=["POST"]),
        ]

    # The way in

    async def _enter(self, request: Request) -> Response:
        # HEAD only looks at a link (previews of chat programs do); it must not use it up.
        opens = request.method == "GET"
        cookie = self._access.exchange(request.path_params["token"]) if opens else None
        if cookie is None:
            return _shut_door()
        # Not a redirect: after one, a browser that followed a link of another program's page would not
        # send a SameSite=Strict cookie.
        response = HTMLResponse(_page_file("enter.html"))
        response.set_cookie(
            self._access.cookie_name, cookie, httponly=True, samesite="strict", path="/"
        )
        return response

    async def _page(self, request: Request) -> Response:
        if self._session_of(request) is None:
            return _shut_door()
        page = _page_file("index.html")
        if self._language == "en":
            page = page.replace('lang="ar" dir="rtl"', 'lang="en" dir="ltr"', 1)
        return HTMLResponse(page)

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        kind = _TYPES.get(name[name.rfind(".") :])
        file = files("audit.review").joinpath("static", name)
        if kind is None or not re.fullmatch(r"[a-z_-]+\.[a-z]+", name) or not file.is_file():
            return _error(404, "unknown", "no such file")
        return Response(file.read_bytes(), media_type=kind)

    # Who is here

    async def _session(self, request: Request) -> Response:
        session = self._session_of(request)
        if session is None:
            return _signed_out()
        return JSONResponse(
            {
                "reviewer": session.reviewer,
                "database": self._desk.database.name,
                "sampled": self._desk.sample_id is not None,
                "scorecard": scorecard_payload(self._desk.scorecard),
            }
        )

    async def _rename(self, request: Request) -> Response:
        session = self._session_of(request)
        if session is None:
            return _signed_out()
        session.reviewer = checked_name((await _sent(request)).text("reviewer"))
        return JSONResponse({"reviewer": session.reviewer})

    async def _link(self, request: Request) -> Response:
        if self._session_of(request) is None:
            return _signed_out()
        return JSONResponse({"link": self._access.new_link()})

    # Reading

    async def _queue(self, request: Request) -> Response:
        return await self._as_reviewer(
            request, lambda reviewer: queue_payload(self._desk.queue(reviewer))
        )

    async def _call(self, request: Request) -> Response:
        call_id = request.query_params.get("id", "")
        return await self._as_reviewer(
            request, lambda reviewer: call_payload(self._desk.open_call(call_id, reviewer))
        )

    async def _next(self, request: Request) -> Response:
        after = request.query_params.get("after")

        def step(reviewer: str) -> dict[str, Any]:
            opened = self._desk.open_next(reviewer, after)
            return {"call": call_payload(opened) if opened else None}

        return await self._as_reviewer(request, step)

    async def _peaks(self, request: Request) -> Response:
        found = await self._sound(request)
        if isinstance(found, Response):
            return found
        headers = {"X-Channels": str(found.channels), "X-Step-Ms": str(PEAK_STEP_MS)}
        return Response(found.peaks, media_type="application/octet-stream", headers=headers)

    async def _audio(self, request: Request) -> Response:
        found = await self._sound(request)
        if isinstance(found, Response):
            return found
        return _piece(found, request.headers.get("range"), self._desk.use)

    async def _sound(self, request: Request) -> Sound | Response:
        if self._session_of(request) is None:
            return _signed_out()
        call_id = request.query_params.get("id", "")

        return await run_in_threadpool(
            self._playback.sound, call_id, lambda: self._desk.recording_of(call_id)
        )

    # Judging

    async def _judge_turn(self, request: Request) -> Response:
        sent = await _sent(request)
        call_id = sent.text("call_id")

        def judge(reviewer: str) -> dict[str, Any]:
            return call_payload(self._desk.judge_turn(call_id, reviewer, sent.turn_verdict()))

        return await self._as_reviewer(request, judge)

    async def _judge_call(self, request: Request) -> Response:
        sent = await _sent(request)
        call_id = sent.text("call_id")

        def judge(reviewer: str) -> dict[str, Any]:
            return call_payload(self._desk.judge_call(call_id, reviewer, sent.whole_verdict()))

        return await self._as_reviewer(request, judge)

    async def _answer(self, request: Request) -> Response:
        sent = await _sent(request)

        def answer(reviewer: str) -> dict[str, Any]:
            given: Any = sent.optional_text("answer")
            chosen: Answer | None = given
            form = self._desk.answer(
                sent.text("call_id"), reviewer, sent.text("criterion"), chosen,
                sent.optional_text("comment"),
            )  # fmt: skip
            return form_payload(form)

        return await self._as_reviewer(request, answer)

    def _session_of(self, request: Request) -> Session | None:
        return self._access.session(request.cookies.get(self._access.cookie_name))

    async def _as_reviewer(self, request: Request, step: Callable[[str], Any]) -> Response:
        session = self._session_of(request)
        if session is None:
            return _signed_out()
        if session.reviewer is None:
            return _error(409, "name", "give a name first")
        return JSONResponse(await run_in_threadpool(step, session.reviewer))


async def _sent(request: Request) -> Sent:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_REQUEST_BYTES:
            raise ReviewInputError("the request is too large")
    try:
        return Sent(json.loads(body))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ReviewInputError("the request is not valid JSON") from error


def _piece(sound: Sound, asked: str | None, used: Callable[[], None]) -> Response:
    """The whole file, or the part that a Range header asks for (RFC 9110, section 14).

    A browser takes no more than it plays soon; ``used`` is called for every piece it takes.
    """
    span = _byte_range(asked, sound.size) if asked else None
    headers = {"Accept-Ranges": "bytes"}
    if asked and span is None:
        return Response(
            status_code=416, headers={**headers, "Content-Range": f"bytes */{sound.size}"}
        )
    first, last = span or (0, sound.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if span:
        headers["Content-Range"] = f"bytes {first}-{last}/{sound.size}"

    def pieces() -> Iterator[bytes]:
        for start in range(first, last + 1, _PIECE_BYTES):
            used()
            yield sound.read(start, min(_PIECE_BYTES, last + 1 - start))

    return StreamingResponse(
        pieces(), status_code=206 if span else 200, headers=headers, media_type="audio/wav"
    )


def _byte_range(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for what cannot be served."""
    match = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", asked.strip())
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size - 1) if length else None
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    return (first, last) if first <= last and first < size else None


async def _told(request: Request, error: Exception) -> Response:
    """An error of ours as the page can show it."""
    if isinstance(error, ReviewInputError):
        return _error(400, "input", str(error))
    if isinstance(error, StoreBusyError):
        return _error(503, "busy", str(error))
    if isinstance(error, (AudioError, MetadataError)):
        return _error(404, "audio", str(error))
    if isinstance(error, StoreError):
        return _error(404, "store", str(error))
    return _error(500, "error", str(error))


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": kind, "message": message}, status)


def _signed_out() -> Response:
    return _error(401, "signed_out", "open a link from the terminal in which tasleek review runs")


def _shut_door() -> Response:
    return HTMLResponse(_page_file("shut.html"), 403)


def _page_file(name: str) -> str:
    return files("audit.review").joinpath("static", name).read_text(encoding="utf-8")
