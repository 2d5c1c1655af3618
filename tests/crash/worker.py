"""One worker of `make crash`: both sides, a fork server, and a store; it lives one cell after the other."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.cells import SQLITE, Cell, Passing, Scene
from tests.crash.clock import SharedClock
from tests.crash.fork_server import ForkServer
from tests.crash.lifetime import Host, Lifetime, live
from tests.crash.sides import Sides
from tests.crash.store import ServerStore, SqliteStore, Store
from tests.stores import ServerStores, open_server

SURVIVALS_MAX = 3
# In memory: the disk's own syncs would be most of the time. That they are asked for is what `power_loss` is about.
MEMORY = Path("/dev/shm")


@dataclass(slots=True)
class Worker:
    """Lives cells. What it needs is opened once, and made new for each of them."""

    folder: Path
    clock: SharedClock
    server: ForkServer
    sides: Sides
    _open: ExitStack
    _hosts: dict[tuple[str, str], Host] = field(default_factory=dict)
    _server_stores: ServerStores | None = None

    def count_passings(self, scene: Scene) -> Mapping[str, int]:
        """How often each place is passed in a life without death."""
        cell = Cell("", Passing.FIRST, scene.fault, scene.dialect, scene.workload)
        life = self._live(cell, passing=0)
        if life.broken or not life.at_rest:
            raise RuntimeError(f"without a death, {scene}: {life.broken or 'never at rest'}")
        return life.passed

    def live(self, cell: Cell, *, passing: int, evidence: Path) -> Lifetime:
        """Live the cell, and keep its evidence in the folder.

        What comes late comes at a moment of real time, so a place may be passed once less than when it was counted.
        Whoever survives for that reason is sent again, to the last passing of the life just lived.
        """
        life = self._live(cell, passing=passing)
        for _ in range(SURVIVALS_MAX):
            if life.killed:
                break
            life = self._live(cell, passing=cell.passing.of(life.passed.get(cell.point, 0)))
        write_evidence(life.evidence, evidence)
        return life

    def _live(self, cell: Cell, *, passing: int) -> Lifetime:
        return live(cell, self.sides, self._host(cell), passing=passing)

    def _host(self, cell: Cell) -> Host:
        """The host of this kind of store and dialect; its catalogue is read once, and every lifetime begins with it."""
        known = self._hosts.get((cell.store, cell.dialect))
        if known is not None:
            return known
        folder = self.folder / f"{cell.store}-{cell.dialect}"
        folder.mkdir()
        store: Store = SqliteStore(folder) if cell.store == SQLITE else ServerStore(self._stores())
        host = Host(folder, self.clock, self.folder / "clock", self.server, store)
        self.clock.restart()
        self.sides.begin()
        host.configure(self.sides, cell)
        ended = host.run(("catalogue",))
        assert "passed" in ended.told, ended
        store.prepared()
        return self._hosts.setdefault((cell.store, cell.dialect), host)

    def _stores(self) -> ServerStores:
        """The PostgreSQL server, started when the first cell asks for it."""
        if self._server_stores is None:
            self._server_stores = self._open.enter_context(open_server())
        return self._server_stores


@contextmanager
def open_worker() -> Iterator[Worker]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="syncd-crash-") as name:
        folder = Path(name)
        clock = SharedClock(folder / "clock")
        with ForkServer() as server, Sides(clock) as sides, ExitStack() as opened:
            yield Worker(folder, clock, server, sides, opened)
        clock.close()


def write_evidence(evidence: Mapping[str, Any], folder: Path) -> None:
    """One file a lifetime, its name the cell's."""
    folder.mkdir(parents=True, exist_ok=True)
    name = evidence["cell"].replace("/", "_").replace(":", "~")
    with gzip.open(folder / f"{name}.json.gz", "wt", encoding="utf-8", compresslevel=3) as file:
        json.dump(evidence, file)
