"""One logger for the whole process: lines on stderr, secrets cut here and nowhere else."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from functools import cache
from typing import Any, TextIO

import structlog

CUT = "********"
_SECRET_KEYS = re.compile(r"(?i)(password|token|secret|authorization|session|api_?key|rest_?key)")
_SECRET_TEXT = re.compile(r"(?i)\b(bearer|basic|session)\s+[A-Za-z0-9+/=._:~-]{6,}")
_URL_PASSWORD = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/@]+@")

_known_secrets: list[str] = []  # the longest first: one may begin with another


def remember_secrets(secrets: Iterable[str]) -> None:
    """Cut these texts wherever they turn up. Called once, when the settings are known."""
    known = {*_known_secrets, *(secret for secret in secrets if len(secret) >= 4)}
    _known_secrets[:] = sorted(known, key=len, reverse=True)


def cut_secrets(text: str) -> str:
    """Return the text without anything that is known or looks to be a credential."""
    for secret in _known_secrets:
        text = text.replace(secret, CUT)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\g<scheme>:{CUT}@", text)
    return _SECRET_TEXT.sub(lambda found: f"{found.group(1)} {CUT}", text)


@cache
def _is_secret(key: str) -> bool:
    """By the name of the field: of those there are few."""
    return _SECRET_KEYS.search(key) is not None


def _cut(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _is_secret(key):
            event[key] = CUT
        elif not isinstance(value, int | None):
            event[key] = cut_secrets(value if isinstance(value, str) else str(value))
    return event


def configure(*, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Send every log line to stderr: human-readable on a terminal, key=value elsewhere."""
    out = stream or sys.stderr
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=True)
        if out.isatty()
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _cut,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


def logger(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of one room; bind run, job and order where they are known."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return bound
