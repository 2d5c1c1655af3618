"""Webhooks: who may ask for them, how they come, and how they go wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from syncd.sandbox import RunningSandbox
from syncd.sandbox.oauth import CLIENT_SECRET
from syncd.sandbox.webhooks import RETRIES_MAX, TYPES, wait_s_before

from .builders import DATED, DOWNTOWN, LINE_1, SALE_1, SKU_1, UNKNOWN, Shop
from .clock import SetClock
from .receiver import Receiver
from .test_descriptions import check

WAIT_S_MAX = 10.0
NOWHERE = "http://127.0.0.1:9/hooks"

AsApplication = Callable[..., Shop]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def timed(clock: SetClock) -> Iterator[Shop]:
    headers = {"Authorization": "Bearer sandbox-token"}
    with (
        RunningSandbox(clock=clock) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=headers, trust_env=False, verify=False) as client,
    ):
        yield Shop(client)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def a_hook(**changes: Any) -> dict[str, Any]:
    return {"active": True, "type": "sale.update", "url": NOWHERE} | changes


def add(shop: Shop, **changes: Any) -> dict[str, Any]:
    status, body = shop.send("POST", f"{DATED}/webhooks", a_hook(**changes))
    assert status == 201, body
    row: dict[str, Any] = body["data"]
    return row


@pytest.fixture
def as_application(shop: Shop) -> Iterator[AsApplication]:
    """Make the same sandbox as an OAuth application sees it."""
    clients: list[httpx.Client] = []

    def make(scope: str = "webhooks sales:read sales:write") -> Shop:
        token = shop.do("POST", "/_sandbox/oauth/grants", {"scope": scope})["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        clients.append(httpx.Client(base_url=shop.client.base_url, headers=headers, trust_env=False, verify=False))
        return Shop(clients[-1])

    yield make
    for client in clients:
        client.close()


def deliveries(shop: Shop, until: Callable[[list[Any]], bool]) -> list[Any]:
    """Return the evidence once it is as expected, or as it is after a while."""
    end = time.monotonic() + WAIT_S_MAX
    while True:
        rows: list[Any] = shop.get("/_sandbox/webhook_deliveries")["deliveries"]
        if until(rows) or time.monotonic() > end:
            return rows
        time.sleep(0.01)


def settled(rows: list[Any]) -> bool:
    return bool(rows) and all(each["state"] != "waiting" for each in rows)


def tried_times(count: int) -> Callable[[list[Any]], bool]:
    return lambda rows: bool(rows) and len(rows[0]["attempts"]) == count


# Asking for them


def test_a_webhook_is_made_shown_changed_and_deleted(shop: Shop) -> None:
    made = add(shop)

    path = f"{DATED}/webhooks/{made['id']}"
    assert made == a_hook(id=made["id"], retailer_id=made["retailer_id"])
    assert shop.get(path) == {"data": made}
    assert shop.get(f"{DATED}/webhooks") == {"data": [made]}
    assert shop.do("PUT", path, a_hook(active=False)) == {"data": made | {"active": False}}
    deleted = shop.client.delete(path)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert shop.get(f"{DATED}/webhooks") == {"data": []}


def test_the_same_type_and_url_again_is_a_conflict(shop: Shop) -> None:
    add(shop)
    other = add(shop, type="product.update")

    again = shop.send("POST", f"{DATED}/webhooks", a_hook(active=False))
    changed = shop.send("PUT", f"{DATED}/webhooks/{other['id']}", a_hook())

    refused = (409, {"error": "A webhook with this type and URL exists"})
    assert (again, changed) == (refused, refused)


def test_the_dated_calls_answer_as_described(shop: Shop) -> None:
    path, one = f"{DATED}/webhooks", "/webhooks/{webhookId}"

    made = shop.send("POST", path, a_hook())
    again = shop.send("POST", path, a_hook())
    hook = made[1]["data"]["id"]

    check("post", "/webhooks", made[1], made[0])
    check("post", "/webhooks", again[1], again[0])
    check("get", "/webhooks", shop.get(path))
    check("get", one, shop.get(f"{path}/{hook}"))
    check("put", one, shop.do("PUT", f"{path}/{hook}", a_hook()))
    for method in ("get", "put", "delete"):
        status, body = shop.send(method.upper(), f"{path}/{UNKNOWN}", a_hook())
        check(method, one, body, status)
    assert (made[0], again[0]) == (201, 409)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_webhook_is_not_found(shop: Shop, method: str) -> None:
    assert shop.send(method, f"{DATED}/webhooks/{UNKNOWN}", a_hook()) == (404, {"error": "Webhook not found"})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"type": "fulfillment.update"}, id="no such type"),
        pytest.param({"type": None}, id="no type"),
        pytest.param({"active": "yes"}, id="active is no bool"),
        pytest.param({"active": None}, id="no active"),
        pytest.param({"url": None}, id="no url"),
    ],
)
def test_a_webhook_needs_type_url_and_active(shop: Shop, changes: dict[str, Any]) -> None:
    status, body = shop.send("POST", f"{DATED}/webhooks", a_hook(**changes))

    assert (status, body["error"]) == (400, "Bad Request")
    assert shop.get(f"{DATED}/webhooks") == {"data": []}


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/hooks",
        "http://example.com/hooks",
        "https://127.0.0.1/hooks",
        "ftp://127.0.0.1/hooks",
        "http://127.0.0.1@example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX-Evil: 1",
        "http://[::1",
        "127.0.0.1/hooks",
    ],
)
def test_only_this_machine_is_ever_called(shop: Shop, url: str) -> None:
    made = shop.send("POST", f"{DATED}/webhooks", a_hook(url=url))
    changed = shop.send("PUT", f"{DATED}/webhooks/{add(shop)['id']}", a_hook(url=url))

    message = "url must be http:// on this machine (127.0.0.1, [::1] or localhost): the sandbox calls nobody else"
    assert made == changed == (400, {"error": "Bad Request", "message": message})


@pytest.mark.parametrize("url", ["http://127.8.9.1:80/x?y=1", "http://[::1]:9/", "http://localhost:9", NOWHERE])
def test_every_name_of_this_machine_will_do(shop: Shop, url: str) -> None:
    assert add(shop, url=url)["url"] == url


def test_the_classic_calls_take_a_form_and_answer_bare(shop: Shop) -> None:
    made = shop.client.post("/api/webhooks", data={"data": json.dumps(a_hook())})

    row = made.json()
    path = f"/api/webhooks/{row['id']}"
    assert (made.status_code, row) == (200, a_hook(id=row["id"], retailer_id=row["retailer_id"]))
    assert shop.get("/api/webhooks") == [row]
    assert shop.get(path) == row
    changed = shop.client.put(path, data={"data": json.dumps({"active": False})})
    assert changed.json() == row | {"active": False}
    assert shop.do("DELETE", path) == {"status": "success"}
    assert shop.get("/api/webhooks") == []


def test_the_classic_call_takes_no_json_body(shop: Shop) -> None:
    answer = shop.client.post("/api/webhooks", json=a_hook())

    assert (answer.status_code, answer.json()["message"]) == (400, "The body must be a form with the field data=<json>")


def test_an_application_sees_only_its_own_webhooks(shop: Shop, as_application: AsApplication) -> None:
    application = as_application()
    mine, its = add(shop), add(application)

    assert [each["id"] for each in shop.get("/api/webhooks")] == [mine["id"]]
    assert [each["id"] for each in application.get("/api/webhooks")] == [its["id"]]
    assert shop.send("GET", f"{DATED}/webhooks/{its['id']}")[0] == 404


def test_webhooks_need_their_scope(as_application: AsApplication) -> None:
    application = as_application("sales:read")

    assert [application.send(each, f"{DATED}/webhooks", a_hook())[0] for each in ("GET", "POST")] == [403, 403]


# How they come


def test_a_sale_is_told_of_in_the_words_of_the_old_api(shop: Shop, receiver: Receiver) -> None:
    add(shop, url=receiver.url + "?secret=x")

    shop.post_dated()

    (told,) = receiver.wait_for(1)
    assert told.path == "/hooks?secret=x"
    assert told.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert told.form == {"payload": told.form["payload"], "environment": "sandbox", "domain_prefix": "sandbox"}
    payload = told.payload
    assert (payload["id"], payload["status"], payload["version"]) == (SALE_1, "AWAITING_PICKUP", shop.sale()["version"])
    assert payload["totals"] == {
        "total_price": "24",
        "total_tax": "2.4",
        "total_payment": "26.4",
        "total_to_pay": "0",
    }
    assert [(each["id"], each["price"]) for each in payload["register_sale_products"]] == [(LINE_1, "12")]


def test_a_changed_level_and_a_changed_product_are_told_of(shop: Shop, receiver: Receiver) -> None:
    add(shop, type="inventory.update", url=receiver.url)
    add(shop, type="product.update", url=receiver.url)

    shop.do("POST", "/_sandbox/inventory", {"outlet": "Downtown", "sku": "SKU-00001", "delta": 1})
    (level,) = receiver.wait_for(1)
    shop.do("PATCH", f"/_sandbox/products/{SKU_1}", {"name": "Mug"})
    product = receiver.wait_for(2)[-1]

    assert (level.payload["outlet_id"], level.payload["product"]["sku"]) == (DOWNTOWN, "SKU-00001")
    assert level.payload["count"] == shop.stock()[0]
    assert (product.payload["id"], product.payload["name"]) == (SKU_1, "Mug")


def test_a_button_of_the_shop_is_told_of_too(shop: Shop, receiver: Receiver) -> None:
    shop.post_dated()
    add(shop, url=receiver.url)

    shop.do("POST", f"/_sandbox/sales/{SALE_1}/complete")

    assert [each.payload["status"] for each in receiver.wait_for(1)] == ["PICKED_UP_CLOSED"]


def test_what_was_before_and_what_is_read_is_not_told_of(shop: Shop) -> None:
    shop.post_dated()
    add(shop)
    add(shop, type="inventory.update")

    shop.get(f"{DATED}/sales")
    shop.do("POST", f"{DATED}/inventory", {})

    assert shop.get("/_sandbox/webhook_deliveries") == {"deliveries": []}


def test_a_sleeping_webhook_says_nothing_and_does_not_catch_up(shop: Shop, receiver: Receiver) -> None:
    hook = add(shop, url=receiver.url, active=False)
    shop.post_dated()
    shop.do("PUT", f"{DATED}/webhooks/{hook['id']}", a_hook(url=receiver.url))

    shop.put_dated(note="awake")

    assert [each.payload["note"] for each in receiver.wait_for(1)] == ["awake"]


def test_an_application_can_check_the_signature(shop: Shop, as_application: AsApplication, receiver: Receiver) -> None:
    add(as_application(), url=receiver.url)

    shop.post_dated()

    (told,) = receiver.wait_for(1)
    digest = hmac.new(CLIENT_SECRET.encode(), told.body, hashlib.sha256).hexdigest()
    assert told.headers["x-signature"] == f"signature={digest},algorithm=HMAC-SHA256"


def test_the_signature_has_every_form_it_may_have(
    shop: Shop, as_application: AsApplication, receiver: Receiver
) -> None:
    add(as_application(), url=receiver.url)
    shop.switch(webhook_signature="base64", webhook_signed="payload")

    shop.post_dated()

    (told,) = receiver.wait_for(1)
    digest = hmac.new(CLIENT_SECRET.encode(), told.form["payload"].encode(), hashlib.sha256).digest()
    assert told.headers["x-signature"] == f"signature={base64.b64encode(digest).decode()},algorithm=HMAC-SHA256"


def test_a_personal_token_has_no_secret_and_so_no_signature(shop: Shop, receiver: Receiver) -> None:
    add(shop, url=receiver.url)

    shop.post_dated()

    assert "x-signature" not in receiver.wait_for(1)[0].headers


# How they go wrong


def test_an_auditor_sees_what_was_sent(shop: Shop, receiver: Receiver) -> None:
    hook = add(shop, url=receiver.url)
    shop.post_dated()

    (row,) = deliveries(shop, settled)
    (told,) = receiver.wait_for(1)
    assert row == {
        "n": 1,
        "webhook_id": hook["id"],
        "type": "sale.update",
        "url": receiver.url,
        "payload": told.payload,
        "body": told.body.decode(),
        "signature": None,
        "state": "delivered",
        "due_at": None,
        "attempts": [{"at": row["attempts"][0]["at"], "status": 204, "error": None}],
    }
    shop.do("DELETE", "/_sandbox/webhook_deliveries")
    assert shop.get("/_sandbox/webhook_deliveries") == {"deliveries": []}


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 429])
def test_a_redirect_or_a_refusal_is_not_tried_again(shop: Shop, status: int) -> None:
    with Receiver(status) as receiver:
        add(shop, url=receiver.url)
        shop.post_dated()
        (row,) = deliveries(shop, settled)

    assert (row["state"], [each["status"] for each in row["attempts"]]) == ("refused", [status])
    assert [each.path for each in receiver.received] == ["/hooks"]


def test_a_failure_is_tried_again_when_the_clock_says_so(timed: Shop, clock: SetClock) -> None:
    with Receiver(500, 503) as receiver:
        add(timed, url=receiver.url)
        timed.post_dated()
        (first,) = deliveries(timed, tried_times(1))
        clock.advance(10)
        (second,) = deliveries(timed, tried_times(2))
        clock.advance(20)
        (third,) = deliveries(timed, settled)

    assert (first["due_at"], second["due_at"]) == ("2026-07-01T12:00:10+00:00", "2026-07-01T12:00:30+00:00")
    assert third["state"] == "delivered"
    assert [each["status"] for each in third["attempts"]] == [500, 503, 204]
    assert len({each.body for each in receiver.received}) == 1


def test_a_retry_comes_when_time_is_made_to_pass(shop: Shop) -> None:
    with Receiver(500) as receiver:
        add(shop, url=receiver.url)
        shop.post_dated()
        deliveries(shop, tried_times(1))

        shop.do("POST", "/_sandbox/clock", {"advance_s": 10})

        assert len(receiver.wait_for(2)) == 2


def test_a_restored_store_tells_of_what_changes_from_then_on(shop: Shop, receiver: Receiver) -> None:
    add(shop, url=receiver.url)
    shop.post_dated()
    receiver.wait_for(1)
    deliveries(shop, settled)
    kept = shop.do("POST", "/_sandbox/snapshot")
    shop.put_dated(note="before")
    receiver.wait_for(2)

    shop.do("POST", "/_sandbox/restore", kept)
    shop.put_dated(note="after")

    assert [each.payload["note"] for each in receiver.wait_for(3)] == [None, "before", "after"]


def test_after_twenty_retries_in_two_days_it_is_given_up(timed: Shop, clock: SetClock) -> None:
    add(timed)  # nobody listens there
    timed.post_dated()
    started = clock.now
    for tried in range(1, RETRIES_MAX + 1):
        deliveries(timed, tried_times(tried))
        clock.advance(wait_s_before(tried - 1))

    (row,) = deliveries(timed, settled)

    assert (row["state"], len(row["attempts"])) == ("given_up", 1 + RETRIES_MAX)
    assert all(each["status"] is None and each["error"] for each in row["attempts"])
    assert 40 * 3600 < (clock.now - started).total_seconds() <= 48 * 3600


def test_who_does_not_answer_in_five_seconds_has_not_answered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.sandbox.postman.ANSWER_S_MAX", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        add(shop, url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        shop.post_dated()
        (row,) = deliveries(shop, tried_times(1))

    assert (row["state"], row["attempts"][0]["status"]) == ("waiting", None)
    assert row["attempts"][0]["error"]


def test_a_webhook_may_come_twice(shop: Shop, receiver: Receiver) -> None:
    shop.switch(webhooks="twice")
    add(shop, url=receiver.url)

    shop.post_dated()

    one, other = receiver.wait_for(2)
    assert one.body == other.body


def test_a_webhook_may_be_lost(shop: Shop, receiver: Receiver) -> None:
    shop.switch(webhooks="lost")
    add(shop, url=receiver.url)
    shop.post_dated()

    (row,) = deliveries(shop, settled)

    assert (row["state"], row["attempts"], receiver.received) == ("lost", [], [])


def test_webhooks_may_be_off(shop: Shop) -> None:
    shop.switch(webhooks="off")
    add(shop)

    shop.post_dated()

    assert shop.get("/_sandbox/webhook_deliveries") == {"deliveries": []}


def test_a_webhook_may_fail_at_first(timed: Shop, clock: SetClock, receiver: Receiver) -> None:
    timed.switch(webhooks="fails_first")
    add(timed, url=receiver.url)
    timed.post_dated()
    deliveries(timed, tried_times(1))
    before = list(receiver.received)

    clock.advance(10)

    (row,) = deliveries(timed, settled)
    assert (before, len(receiver.wait_for(1))) == ([], 1)
    assert [each["error"] for each in row["attempts"]] == ["failed by the switch `webhooks`", None]


def test_webhooks_may_come_out_of_order(timed: Shop, clock: SetClock, receiver: Receiver) -> None:
    timed.switch(webhook_order="mixed")
    add(timed, url=receiver.url)
    timed.post_dated()
    timed.put_dated(note="later")
    receiver.wait_for(1)

    clock.advance(2)

    notes = [each.payload["note"] for each in receiver.wait_for(2)]
    assert notes == ["later", None]


def test_a_deleted_webhook_drops_what_was_on_its_way(timed: Shop, clock: SetClock) -> None:
    hook = add(timed)
    timed.post_dated()
    deliveries(timed, tried_times(1))
    timed.client.delete(f"{DATED}/webhooks/{hook['id']}")

    clock.advance(10)

    (row,) = deliveries(timed, settled)
    assert (row["state"], len(row["attempts"])) == ("dropped", 1)


def test_the_types_are_the_documented_ones(shop: Shop) -> None:
    assert [add(shop, type=each)["type"] for each in TYPES] == list(TYPES)
    assert shop.send("POST", f"{DATED}/webhooks", a_hook(type="sale.delete"))[0] == 400
