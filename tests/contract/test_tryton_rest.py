"""The Tryton adapter with a REST key keeps the same promises, against a real Tryton 8.2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import stamina

from demo.tryton.server import RunningTryton
from syncd.errors import Forbidden, NotFound, NotUnderstood, Refused, Unauthorized
from tests.contract.erp import LONG_AGO, ErpContract
from tests.contract.erp_world import HERE, THERE
from tests.contract.tryton_world import CACHE, SHIPMENT, RestWorld, TrytonWorld

# A server of its own, beside the one of test_tryton.py: the contract uses up the stock, and counts what it placed.
pytestmark = pytest.mark.xdist_group("tryton")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestWorld]:
    with RunningTryton(CACHE, tmp_path_factory.mktemp("tryton")) as running:
        world = RestWorld(running)
        yield world
        for transport in world.transports:
            transport.close()


@pytest.mark.slow  # in `make test` the log-in keeps all of them, and `test_both_ways_give_the_same` holds the key to it
class TestTrytonOverRest(ErpContract):
    """Every promise, with a REST key instead of a log-in; but no step is guarded there (`syncd/erp/tryton/rest.py`)."""

    guards_steps = False


def test_a_user_without_rights_is_forbidden_and_told_which_groups_to_ask_for(world: RestWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(user="nobody").find_orders("WEB-1003")

    assert "Sales" in told.value.hint
    assert [finding.subject for finding in world.connect(user="nobody").check() if not finding.ok][:1] == [
        "erp sale.sale"
    ]


def test_a_database_that_is_not_there_is_told_as_such(world: RestWorld) -> None:
    with pytest.raises(Forbidden) as told:
        world.connect(database="nowhere").read_locations()

    assert "database" in told.value.hint


def test_both_ways_give_the_same(world: RestWorld) -> None:
    with_login = TrytonWorld(world.tryton)

    pages = list(world.erp.read_changed_orders(None))

    assert pages == list(with_login.erp.read_changed_orders(None))
    orders = [order.id for page in pages for order in page.orders]
    assert world.erp.read_shipments(orders) == with_login.erp.read_shipments(orders)
    stamps = [list(erp.read_stamps(LONG_AGO)) for erp in (world.erp, with_login.erp)]
    assert stamps[0] == stamps[1]
    items = list(world.erp.read_items())
    assert items == list(with_login.erp.read_items())
    numbers = [item.number for page in items for item in page]
    for place in (HERE, THERE):
        assert world.erp.read_on_hand(place, numbers) == with_login.erp.read_on_hand(place, numbers)
    assert world.erp.read_reserved([HERE, THERE]) == with_login.erp.read_reserved([HERE, THERE])
    for transport in with_login.transports:
        transport.close()


def test_a_cancelled_key_is_told_as_such(world: RestWorld) -> None:
    made, key = world.make_key("sync")
    adapter = world.connect(password=key)
    assert adapter.read_locations()

    world.admin.call("model.res.user.application.cancel", [made])

    with pytest.raises(Unauthorized) as told:
        adapter.read_locations()
    assert "validated" in told.value.hint
    assert [(one.subject, one.ok) for one in adapter.check()] == [("erp version", True), ("erp log-in", False)]


def test_with_a_key_a_refused_step_is_a_refusal_and_a_missing_field_no_outage(world: RestWorld) -> None:
    shipment = int(world.shipment(world.place()).id)
    session = world.erp._session

    with pytest.raises(Refused, match='can not call "do"') as told:
        session.call(f"{SHIPMENT}.do", [shipment])
    with stamina.set_testing(True, attempts=2), pytest.raises(NotUnderstood, match="'nowhere'"):
        session.search_all("sale.sale", [], ["nowhere"])

    assert type(told.value) is Refused


def test_with_a_key_of_a_user_without_rights_nothing_is_shipped(world: RestWorld) -> None:
    shipment = int(world.shipment(world.place()).id)
    session = world.connect(user="nobody")._session

    with pytest.raises(Forbidden):
        session.call(f"{SHIPMENT}.write", [shipment], {"reference": "never"})
    with pytest.raises(Refused) as told:  # REST says no more than 403 of a step
        session.call(f"{SHIPMENT}.assign_try", [shipment])

    assert "a right is missing" in told.value.hint


def test_with_a_key_a_shipment_that_is_gone_is_not_there(world: RestWorld) -> None:
    with pytest.raises(NotFound):
        world.erp._session.call(f"{SHIPMENT}.pick", [999_999])


def test_with_a_key_tryton_does_not_look_at_the_stamp_of_do(world: RestWorld) -> None:
    # Not wished for: should this ever fail, the guard works over REST too, and rest.py may say so.
    shipment = int(world.shipment(world.place()).id)
    session = world.erp._session
    for step in ("assign_try", "pick", "pack"):
        session.call(f"{SHIPMENT}.{step}", [shipment])

    session.call(f"{SHIPMENT}.do", [shipment], context={"_timestamp": {f"stock.shipment.out,{shipment}": Decimal(1)}})

    assert world.find("stock.shipment.out", [["id", "=", shipment]], ["state"])[0]["state"] == "done"
