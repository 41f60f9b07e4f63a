"""Running the review screen: one port of the loopback address, links on the terminal."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from contextlib import suppress
from dataclasses import dataclass

from audit.errors import UsageError
from audit.review.access import Access
from audit.review.app import create_app
from audit.review.desk import ReviewDesk
from audit.review.playback import Playback

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """How the screen is opened. ``port`` 0 takes a free one."""

    reviewer: str | None = None
    language: str = "ar"
    port: int = 0
    browser: bool = True


def serve(desk: ReviewDesk, playback: Playback, options: ScreenOptions) -> None:
    """Serve until Ctrl-C. Raises ``UsageError`` when the port is taken."""
    import uvicorn

    with _bound(options.port) as listener:
        port = int(listener.getsockname()[1])
        access = Access(port)
        app = create_app(desk, access, playback, options.language)
        # No access log: it would hold the names of calls and the tokens of links.
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", access_log=False, server_header=False, lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        _invite(access, options)
        # Ctrl-C is how the screen is closed; uvicorn raises it again when it has ended in order.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"--port {port} cannot be used ({error.strerror}); give another, or none for a free one"
        ) from error
    return listener


def _invite(access: Access, options: ScreenOptions) -> None:
    link = access.new_link(options.reviewer)
    print("The review screen is open on this machine. This link works once:", flush=True)
    print(f"  {link}", flush=True)
    print("Every verdict is stored at once. Ctrl-C ends it.", flush=True)
    if options.browser:
        # A thread of its own: a browser of the terminal would keep the server waiting.
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
    if sys.stdin.isatty():
        print("Press Enter for another link, for a second reviewer or browser.", flush=True)
        threading.Thread(target=_links_on_enter, args=(access,), daemon=True).start()


def _links_on_enter(access: Access) -> None:
    while sys.stdin.readline():
        print(f"  {access.new_link()}", flush=True)
