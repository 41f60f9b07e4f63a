"""Who may use the review screen: one-time links, the cookies they are exchanged for, and the headers
that keep other sites and other programs' pages out."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass

#: Nothing from elsewhere, nothing inline, no text that becomes markup (Content Security Policy Level 3,
#: Trusted Types).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


@dataclass
class Session:
    """One browser that came in by a link. ``reviewer`` is None until a name was given."""

    reviewer: str | None


class Access:
    """Links not yet used, and the sessions of those that were; safe between threads.

    Of both only hashes are kept, so that a lookup tells nothing by the time it takes.
    """

    def __init__(self, port: int) -> None:
        self.cookie_name = f"tasleek_review_{port}"  # cookies do not tell ports apart
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self.origins = frozenset(f"http://{host}" for host in self.hosts)
        self._address = f"http://127.0.0.1:{port}"
        self._lock = threading.Lock()
        self._links: dict[bytes, str | None] = {}
        self._sessions: dict[bytes, Session] = {}

    def new_link(self, reviewer: str | None = None) -> str:
        """An address that lets one browser in, once; as ``reviewer`` where a name is given."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_hash(token)] = reviewer
        return f"{self._address}/enter/{token}"

    def exchange(self, token: str) -> str | None:
        """The cookie for a link's token, which is used up by it; None for a wrong or used one."""
        with self._lock:
            key = _hash(token)
            if key not in self._links:
                return None
            cookie = secrets.token_urlsafe(32)
            self._sessions[_hash(cookie)] = Session(self._links.pop(key))
            return cookie

    def session(self, cookie: str | None) -> Session | None:
        """The session of a browser; None for one that did not come in by a link."""
        if not cookie:
            return None
        with self._lock:
            return self._sessions.get(_hash(cookie))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
