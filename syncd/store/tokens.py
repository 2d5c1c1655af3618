"""Tokens that rotate, in a file of their own beside the database: a restored database cannot roll them back.

The file is only ever replaced whole, after it is on disk, and readable by its owner alone. Who renews holds a lock of
the kernel on a second file: one refresher at a time across threads and processes, and a dead one holds nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from syncd.domain.clock import Clock
from syncd.domain.ids import Account
from syncd.domain.tokens import Tokens
from syncd.errors import NotSent, StoreError
from syncd.store.codec import to_text

POLL = timedelta(milliseconds=50)
WAIT_MAX = timedelta(seconds=60)  # a refresher ends within its call's deadline; two of them may be before us
ROOM_BYTES = 16 * 1024  # several times what any token answer holds
MODE = 0o600


class TokenFile:
    """The tokens of one account."""

    def __init__(self, database: Path, account: Account, clock: Clock) -> None:
        self.path = database.with_name(f"{database.name}.{account}.tokens.json")
        self._clock = clock
        self._room = self.path.with_suffix(".room")
        self._lock = self.path.with_suffix(".lock")

    def read(self) -> Tokens | None:
        """The tokens that were saved last; None when nobody has logged in. Raise StoreError when it is spoilt."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            expires, scopes = said["expires_at"], said["scopes"]
            return Tokens(
                access=str(said["access"]),
                refresh=str(said["refresh"]),
                expires_at=datetime.fromisoformat(expires) if expires else None,
                obtained_at=datetime.fromisoformat(said["obtained_at"]),
                scopes=frozenset(str(scope) for scope in scopes) if scopes is not None else None,
                domain_prefix=str(said["domain_prefix"]),
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"the tokens in {self.path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError):
            # The cause would hold what the file holds.
            raise StoreError(f"{self.path} holds no tokens", hint="Log in again: `syncd auth login`.") from None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold while tokens are renewed. Raise NotSent when another holds it for too long, or there is no room.

        Room is made before the vendor is asked: an answer that could not be saved would lock us out.
        """
        until = self._clock.boot_time().plus(WAIT_MAX)
        # The file is never removed: a lock on a removed file would keep nobody out.
        try:
            opened = os.open(self._lock, os.O_RDWR | os.O_CREAT, MODE)
        except OSError as error:
            raise StoreError(
                f"{self._lock} cannot be opened: {error.strerror}", hint="Does the folder exist and is it ours?"
            ) from error
        with os.fdopen(opened, "r+") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    left = until.since(self._clock.boot_time())
                    if left is None or left <= timedelta(0):
                        raise NotSent("another process has been renewing the token for a minute") from None
                    self._clock.sleep(POLL)
            try:
                self._write(self._room, b" " * ROOM_BYTES)
            except OSError as error:
                raise NotSent(f"a new token could not be saved in {self.path.parent}: {error.strerror}") from error
            try:
                yield
            finally:
                self._room.unlink(missing_ok=True)

    def save(self, tokens: Tokens) -> None:
        """Within `exclusive`: on disk for good when this returns."""
        content = json.dumps(
            {
                "access": tokens.access,
                "refresh": tokens.refresh,
                "expires_at": to_text(tokens.expires_at) if tokens.expires_at else None,
                "obtained_at": to_text(tokens.obtained_at),
                "scopes": sorted(tokens.scopes) if tokens.scopes is not None else None,
                "domain_prefix": tokens.domain_prefix,
            }
        ).encode()
        # Into the room that was made: longer than the content, so the disk cannot be full now.
        self._write(self._room, content.ljust(ROOM_BYTES))
        os.replace(self._room, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, path: Path, content: bytes) -> None:
        # Not truncated first: what is overwritten in place needs no new room.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, MODE)
        try:
            os.fchmod(file, MODE)
            written = 0
            while written < len(content):
                written += os.pwrite(file, content[written:], written)
            os.ftruncate(file, len(content))
            os.fsync(file)
        finally:
            os.close(file)
