"""Stores that are empty, older or put back: what stands is found again, and nothing is made twice."""

from __future__ import annotations

import copy
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.sandbox import RunningSandbox
from tests.acceptance.shop import CLASSIC, DATED, ERP_PASSWORD, FakeErpShop, wait_until
from tests.fakes.tryton_server import FakeTryton

FEED_READS_MAX = 32  # glimpses and pages of one sync
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
DAEMON = {"schedule": {"orders": "1s", "fulfilments": "off", "stock": "off", "catalogue": "off"}}


class OldShop(FakeErpShop):
    """A shop that rang up sales long before `orders.start`."""

    sandbox: RunningSandbox

    def ring_up_long_ago(self, count: int) -> None:
        world = self.sandbox.emulator.world
        self.retail("POST", "/till_sales", {"outlet": "Downtown", "lines": [{"sku": "SKU-00001", "quantity": 1}]})
        one = next(reversed(world.sales.values()))
        for number in range(count):
            old = copy.deepcopy(one)
            old.id, old.version = world.new_id(), world.next_version()
            old.created_at = old.updated_at = LONG_AGO + timedelta(minutes=number)
            world.sales[old.id] = old
        del world.sales[one.id]

    def feed_reads(self) -> int:
        """How often the sales feed was asked."""
        asked = [one for one in self.retail("GET", "/log")["requests"] if one["method"] == "GET"]
        return sum(one["path"].endswith("/sales") for one in asked)


@pytest.fixture(params=[pytest.param(DATED, id="dated"), pytest.param(CLASSIC, id="classic")])
def old_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldShop]:
    with ExitStack() as stack:
        erp = stack.enter_context(FakeTryton(password=ERP_PASSWORD))
        sandbox = stack.enter_context(RunningSandbox())
        shop = stack.enter_context(closing(OldShop(tmp_path, erp=erp, retail_url=sandbox.url, api=request.param)))
        shop.sandbox = sandbox
        yield shop


def epoch_of(shop: FakeErpShop) -> int:
    with closing(sqlite3.connect(shop.folder / "acme.db")) as connection:
        return int(connection.execute("SELECT epoch FROM writers").fetchone()[0])


def test_a_first_sync_does_not_read_the_sales_of_years(old_shop: OldShop) -> None:
    shop = old_shop
    shop.ring_up_long_ago(4_000)  # twenty pages, and thousands more of them would cost a few requests
    shop.order("S1")
    assert shop.sync().code == 0
    first = shop.feed_reads()
    shop.lose_store()

    with shop.no_writes():
        ended = shop.sync()

    assert ended.code == 0, ended
    assert first < FEED_READS_MAX
    assert shop.feed_reads() - first < FEED_READS_MAX
    assert len(shop.sales("S1")) == 1
    shop.rest(reasons={"synced/stands": 1})


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"list_version": "missing"}, id="no-version"),
        pytest.param({"list_version": "null"}, id="null-version"),
        pytest.param({"page_size_max": 7}, id="small-pages"),
    ],
)
def test_it_is_so_whatever_the_lists_say(old_shop: OldShop, switches: dict[str, object]) -> None:
    shop = old_shop
    shop.retail("PUT", "/switches", switches)
    shop.ring_up_long_ago(600)
    shop.order("S1")

    ended = shop.sync()

    assert ended.code == 0, ended
    assert shop.feed_reads() < 60
    assert len(shop.sales("S1")) == 1


def test_adopt_links_what_stands_and_sends_nothing(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.order("S1")
    edited = shop.order("S2")
    shop.sync()
    shop.lose_store()
    shop.erp.set_quantity(edited, 0, 3)

    with shop.no_writes():
        ended = shop.run("adopt", "--json")
        again = shop.run("adopt", "--from-beginning")

    assert ended.code == 3, ended
    told = ended.json
    assert {name: told[name] for name in ("sales_seen", "linked", "already_linked", "different", "without_order")} == {
        "sales_seen": 2,
        "linked": 1,
        "already_linked": 0,
        "different": 1,
        "without_order": 0,
    }
    assert again.code == 0, again
    assert "linked before" in again.said
    assert shop.holds() == {"S2": "adopted_different"}
    shop.rest(reasons={"synced/stands": 1, "held/adopted_different": 1})


def test_a_backup_of_yesterday_is_put_back_and_nothing_is_made_twice(either_shop: FakeErpShop) -> None:
    shop = either_shop
    shop.order("S1")
    shop.sync()
    file = shop.folder / "yesterday.db"
    made = shop.run("store", "backup", str(file))
    cancelled = shop.order("S2")
    shop.sync()
    shop.erp.cancel(cancelled)
    shop.sync()
    before = (shop.retail_state()["sales"], epoch_of(shop))

    with shop.no_writes():
        ended = shop.run("store", "restore", str(file), "--json")

    assert (made.code, ended.code) == (0, 0), (made, ended)
    assert "tokens" in made.said
    assert ended.json["feed_was_read"] is True
    assert Path(ended.json["kept"]).name.startswith("acme.db.before-restore-")
    assert ended.json["adopted"]["sales_seen"] == 1
    assert shop.retail_state()["sales"] == before[0]
    assert epoch_of(shop) > before[1]
    shop.sync()
    shop.rest(reasons=None)
    assert shop.retail_state()["sales"] == before[0]


def test_a_backup_is_made_while_the_daemon_runs_and_a_restore_names_it(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.configure(DAEMON)
    file = shop.folder / "kept.db"

    daemon = shop.start("run")
    wait_until(lambda: bool(shop.standing("S1")))
    made = shop.run("store", "backup", str(file), "--json")
    refused = shop.run("store", "restore", str(file))
    daemon.send_signal(signal.SIGTERM)
    shop.end(daemon, seconds_max=15)

    assert made.code == 0, made
    assert made.json["accounts"] == ["acme"]
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, made.json["bytes"])
    assert refused.code == 4, refused
    assert f"process {daemon.pid}" in refused.err
    assert shop.run("store", "restore", str(file)).code == 0


def test_a_restore_while_the_sides_are_down_says_so_and_the_next_sync_reads_first(shop: FakeErpShop) -> None:
    shop.order("S1")
    empty = shop.folder / "empty.db"
    shop.sync("catalogue")
    shop.run("store", "backup", str(empty))
    shop.sync()

    with shop.erp.down():
        ended = shop.run("store", "restore", str(empty))
    with shop.no_writes():
        synced = shop.sync()

    assert ended.code == 0, ended
    assert "the next sync reads it by itself" in ended.said
    assert synced.code == 0, synced
    shop.rest(reasons={"synced/stands": 1})
    assert len(shop.sales("S1")) == 1


def test_files_that_cannot_be_used_are_refused_with_the_next_step(shop: FakeErpShop) -> None:
    shop.sync("catalogue")
    text = shop.folder / "notes.txt"
    text.write_text("buy mugs\n" * 1_000)

    missing = shop.run("store", "restore", str(shop.folder / "none.db"))
    wrong = shop.run("store", "restore", str(text))
    present = shop.run("store", "backup", str(text))
    itself = shop.run("store", "backup", str(shop.folder / "acme.db"), "--force")

    assert (missing.code, wrong.code, present.code, itself.code) == (2, 1, 2, 2)
    assert "--force" in present.said
    assert text.read_text().startswith("buy mugs")
    assert "next:" in wrong.err
    assert shop.run("status").code == 0
