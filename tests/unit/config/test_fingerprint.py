"""Which changes of the config make held orders be planned again."""

import pytest

from syncd.config import fingerprint
from tests.unit.config.config_file import ENVIRON, RIGHT, loaded, with_change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("account: acme", "account: acme2"),
        ("kind: tryton", "kind: tryton\n  paid: never"),
        ("kind: tryton", "kind: tryton\n  timezone: Europe/Zurich"),
        ("account: acme", "account: acme\ntimezone: Europe/Zurich"),
        ("api:", "tax_free: Zero\n  api:"),
        ("outlet: Airport", "outlet: Harbour"),
        ("register: Online Airport", "register: Till 2"),
        ("AIRPORT:", "HARBOUR:"),
        ("orders:\n", "orders:\n  mode: live\n"),
        ("orders:\n", 'orders:\n  taxes: {"GST 15%": GST}\n'),
        ("orders:\n", "orders:\n  payments: {unpaid: at_till}\n"),
        ("orders:\n", "orders:\n  skus: {A: B}\n"),
        ("orders:\n", "orders:\n  ignore: {customers: [STAFF]}\n"),
        ("orders:\n", "orders:\n  routing: {default: AIRPORT}\n"),
        ("orders:\n", "orders:\n  tax_rates: {15%: GST}\n"),
        ("register: Online Airport", "register: Online Airport, tax: GST"),
        ("orders:\n", "orders:\n  products: {match: ignore_case}\n"),
        ("kind: tryton", "kind: tryton\n  tag_fields: [party.categories.name]"),
        ("orders:\n", "orders:\n  tolerance: 0.05\n"),
        ("2026-12-01T00", "2026-12-02T00"),
    ],
)
def test_it_moves_with_what_decides_an_order(tmp_path, old, new):
    before = fingerprint(loaded(tmp_path, RIGHT))

    assert fingerprint(loaded(tmp_path, with_change(old, new))) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: tryton", "kind: tryton\n  page_size: 100"),
        ("api:", "reserve: 20%\n  api:"),
        (", buffer: 1", ""),
        ("orders:\n", "orders:\n  overlap: 30m\n"),
        ("orders:\n", "orders:\n  brakes: {creates: 1}\n"),
        ("store:", "stock: {erp_quantity: available}\nstore:"),
        ("store:", "schedule: {orders: off}\nstore:"),
        ("store:", "webhooks: {wake_every: 1m}\nstore:"),
    ],
)
def test_it_stays_with_what_decides_no_order(tmp_path, old, new):
    before = fingerprint(loaded(tmp_path, RIGHT))

    assert fingerprint(loaded(tmp_path, with_change(old, new))) == before


def test_it_does_not_depend_on_secrets(tmp_path):
    before = fingerprint(loaded(tmp_path, RIGHT))

    assert fingerprint(loaded(tmp_path, RIGHT, dict.fromkeys(ENVIRON, "changed"))) == before


def test_it_moves_with_the_order_of_locations_because_remainders_follow_it(tmp_path):
    first, second = [line for line in RIGHT.splitlines(keepends=True) if "register:" in line]
    before = fingerprint(loaded(tmp_path, RIGHT))

    assert fingerprint(loaded(tmp_path, with_change(first + second, second + first))) != before
