"""The database of a lifetime, as a machine keeps it: it can be copied, put back, lost, and lose its power."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol

from tests.stores import ServerStores

WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
TORN = b"\x5a" * 3_000  # what the head was writing when the power went


class Store(Protocol):
    """A database that belongs to nobody while its process is dead."""

    @property
    def url(self) -> str: ...

    def prepared(self) -> None:
        """From now on every lifetime begins with what is there now: a catalogue, and nothing else."""
        ...

    def begin(self) -> None: ...

    def keep(self, name: str) -> None:
        """Copy it as it is now, as a nightly backup does."""
        ...

    def put_back(self, name: str) -> None: ...

    def empty(self) -> None:
        """Nothing is left of it, not even its tables."""
        ...

    def lose_power(self) -> None:
        """Every commit since the last fsync is gone, and what was being written is torn."""
        ...

    def clone(self) -> str:
        """Make a second one of it, and return its URL."""
        ...

    def forget_the_dead(self) -> None:
        """Let nothing of a killed process be left, as when the kernel has closed its sockets."""
        ...

    @property
    def bytes_now(self) -> int: ...


class SqliteStore:
    """A file and its write-ahead log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "acme.db"
        self._template: Path | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def prepared(self) -> None:
        """What is there now is what `begin` begins with."""
        self._template = self._folder / "template"
        _copy(self._path, self._template)

    def use_prepared(self) -> None:
        """Begin with what another store in this folder was prepared with."""
        self._template = self._folder / "template"

    def begin(self) -> None:
        for path in self._folder.glob("*"):
            if path.name.startswith(("acme.db", "clone.db", "kept-")):
                path.unlink()
        if self._template is not None:
            _copy(self._template, self._path)

    def keep(self, name: str) -> None:
        _copy(self._path, self._folder / f"kept-{name}")

    def put_back(self, name: str) -> None:
        self.empty()
        _copy(self._folder / f"kept-{name}", self._path)

    def empty(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            _beside(self._path, suffix).unlink(missing_ok=True)

    def lose_power(self) -> None:
        """With synchronous=FULL the log is on disk up to its last commit; with less, only what was checkpointed.

        What the process had set is read from its own log of pragmas: `process.py` writes it down at each connection.
        """
        wal = _beside(self._path, "-wal")
        if self._synced_at_commit():
            if wal.exists():
                with wal.open("ab") as file:
                    file.write(TORN)
        else:
            wal.unlink(missing_ok=True)
        _beside(self._path, "-shm").unlink(missing_ok=True)

    def clone(self) -> str:
        clone = self._folder / "clone.db"
        _copy(self._path, clone)
        return f"sqlite:///{clone}"

    def forget_the_dead(self) -> None:
        """The kernel has done it."""

    @property
    def bytes_now(self) -> int:
        return sum(_beside(self._path, suffix).stat().st_size for suffix in ("", "-wal") if self._exists(suffix))

    def _exists(self, suffix: str) -> bool:
        return _beside(self._path, suffix).exists()

    def _synced_at_commit(self) -> bool:
        note = self._folder / "synchronous"
        return note.exists() and note.read_text() == "2"


class ServerStore:
    """A database on a PostgreSQL server, which is another machine: it neither dies nor fills with the process."""

    def __init__(self, stores: ServerStores) -> None:
        self._stores = stores
        self._url = stores.prepared()
        self._kept: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self._url

    def prepared(self) -> None:
        self.keep("template")

    def begin(self) -> None:
        if "template" in self._kept:
            self.put_back("template")

    def keep(self, name: str) -> None:
        if name in self._kept:
            self._stores.drop(self._kept.pop(name))
        self._kept[name] = self._stores.copy(self._url)

    def put_back(self, name: str) -> None:
        self._stores.restore(self._url, self._kept[name])

    def empty(self) -> None:
        self._stores.lose(self._url)

    def lose_power(self) -> None:
        raise NotImplementedError("a server's power is not ours to cut")

    def clone(self) -> str:
        self.keep("clone")
        return self._kept["clone"]

    def forget_the_dead(self) -> None:
        self._stores.end_sessions(self._url)

    @property
    def bytes_now(self) -> int:
        raise NotImplementedError("a server's disk is not ours to fill")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _copy(path: Path, to: Path) -> None:
    for suffix in ("", "-wal"):
        if _beside(path, suffix).exists():
            shutil.copy(_beside(path, suffix), _beside(to, suffix))
        else:
            _beside(to, suffix).unlink(missing_ok=True)
    os.chmod(to, 0o640)
