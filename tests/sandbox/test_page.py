"""The page for people: what it shows, and what its buttons do, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.sandbox import RunningSandbox
from tests.browser import Browser

from .builders import AIRPORT, DATED, DOWNTOWN, SALE_1, SKU_2, UNKNOWN, Shop, a_dated_line

PICKED_UP = f'tr[data-sale="{SALE_1}"] button'
MARKUP = "<script>alert(1)</script>"
QUOTED = """'"><u>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


def page(shop: Shop, **query: str) -> str:
    answer = shop.client.get("/", params=query, headers={"Authorization": ""})
    assert answer.status_code == 200
    return answer.text


def press(shop: Shop, verb: str, sale_id: str = SALE_1, **form: str) -> str:
    """Press a button as a form would; return where it leads."""
    answer = shop.client.post(f"/_sandbox/page/sales/{sale_id}/{verb}", data=form)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", markup, flags=re.S))


# What it shows


def test_an_empty_shop_says_that_nothing_waits(shop: Shop) -> None:
    text = words(page(shop))

    assert "No sale waits for anything." in text
    assert "No client has asked anything yet." in text
    assert "Downtown Main Downtown, Online Downtown 0 open sales" in text


def test_it_tells_how_to_reach_the_api(shop: Shop, running: RunningSandbox) -> None:
    assert f"API at {running.url} with the token sandbox-token" in words(page(shop))


def test_an_open_sale_shows_its_goods_and_its_money(shop: Shop) -> None:
    shop.post_dated(date="2026-07-01T10:00:00Z")

    text = words(page(shop))

    assert "SO0001 2026-07-01 10:00 · erp SO0001 Awaiting pickup Downtown 2 × SKU-00001 Product 00001" in text
    assert "26.40 paid Picked up" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"payments": []}, "26.40 unpaid Picked up", id="money is missing"),
        pytest.param({"payments": [], "attributes": ["onaccount", "pickup"]}, "on account", id="on account"),
        pytest.param({"attributes": ["delivery"]}, "Dispatched", id="to be sent"),
    ],
)
def test_an_open_sale_says_what_is_to_do(shop: Shop, changes: dict[str, object], said: str) -> None:
    shop.post_dated(**changes)

    assert said in words(page(shop))


def test_a_sale_that_nobody_can_hand_over_has_no_button(shop: Shop) -> None:
    shop.post_dated(state="parked", attributes=[])

    assert "SO0001" in page(shop)
    assert "<button class=" not in page(shop)


def test_a_closed_sale_is_not_shown(shop: Shop) -> None:
    shop.post_dated(state="closed")

    assert "No sale waits for anything." in page(shop)


def test_a_sale_of_two_outlets_names_both_and_how_far_they_are(shop: Shop) -> None:
    other = a_dated_line(id=UNKNOWN, product={"id": SKU_2}, fulfilment_outlet_id=AIRPORT)
    shop.post_dated(line_items=[a_dated_line(), other])
    there = shop.fulfilment(outlet_id=AIRPORT)
    picked = {"version": there["version"], "line_items": [{"sale_line_item_id": UNKNOWN, "quantity": 2}]}
    shop.do("POST", f"{DATED}/fulfillments/{there['id']}/pick", picked)

    assert "Downtown, Airport (picked)" in words(page(shop))


def test_the_inventory_is_filtered_by_text_and_outlet(shop: Shop) -> None:
    everything, by_name, by_both, none = (
        page(shop),
        words(page(shop, text="product 00007")),
        words(page(shop, text="sku-00007", outlet=DOWNTOWN)),
        page(shop, text="nothing like it"),
    )

    assert "There is more: narrow the filter." in everything
    assert "Product Downtown Airport Harbour SKU-00007 Product 00007 69 37 12 Last requests" in by_name
    assert "Product Downtown SKU-00007 Product 00007 69 Last requests" in by_both
    assert "Nothing of that in stock." in none


def test_the_inventory_shows_what_is_to_be_procured(shop: Shop) -> None:
    shop.do("POST", "/_sandbox/inventory", {"outlet": "Harbour", "sku": "SKU-00007", "delta": "-14.5"})

    assert "SKU-00007 Product 00007 69 37 0 2.5 to procure" in words(page(shop, text="sku-00007"))


def test_the_last_requests_show_their_answer_and_their_fault(shop: Shop) -> None:
    shop.fault("slow")
    shop.fault("error_before", path="/never", times=2)
    shop.get(f"{DATED}/outlets", page_size=5)
    shop.send("GET", f"{DATED}/nowhere")

    text = words(page(shop))

    assert re.search(rf"2 \d\d:\d\d:\d\d GET {DATED}/nowhere 404 1 \d\d:\d\d:\d\d", text)
    assert f"GET {DATED}/outlets?page_size=5 200 slow" in text
    assert "faults to come: error_before" in text


def test_looking_at_the_page_is_no_request_of_a_client(shop: Shop) -> None:
    page(shop)

    assert shop.get("/_sandbox/log") == {"requests": []}


def test_whatever_a_client_sends_stays_text(shop: Shop) -> None:
    shop.post_dated(invoice_number=MARKUP, source={"author_id": _erp_user(shop), "type": MARKUP, "id": QUOTED})
    shop.client.get("/api/<b>nowhere</b>", params={"q": MARKUP})

    markup = page(shop, text=MARKUP, outlet=QUOTED, said=MARKUP, refused=QUOTED)

    assert "<script" not in markup
    assert "<b>nowhere" not in markup
    assert QUOTED not in markup
    assert "&lt;script&gt;" in markup


def _erp_user(shop: Shop) -> str:
    return str(shop.state()["users"][0]["id"])


def test_it_loads_nothing_from_anywhere(shop: Shop) -> None:
    answer = shop.client.get("/")

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert re.findall(r"""(?:src|href|action)=["'](?!/[^/]|/"|data:,)""", answer.text) == []


def test_it_refreshes_itself_when_asked(shop: Shop) -> None:
    assert 'http-equiv="refresh"' in page(shop, refresh="1")
    assert 'http-equiv="refresh"' not in page(shop)


# What its buttons do


def test_a_button_hands_over_and_leads_back_to_the_same_filter(shop: Shop) -> None:
    shop.post_dated()

    back = press(shop, "picked_up", text="sku 7", outlet=DOWNTOWN)

    assert back == f"/?text=sku+7&outlet={DOWNTOWN}&said=Sale+SO0001+was+picked+up."
    assert (shop.sale()["status"], shop.sale()["closed_by"]) == ("PICKED_UP_CLOSED", "till")


@pytest.mark.parametrize("verb", ["dispatched", "thrown_away"])
def test_a_button_of_another_kind_is_refused(shop: Shop, verb: str) -> None:
    shop.post_dated()

    assert press(shop, verb).startswith("/?refused=Sale+SO0001+is+AWAITING_PICKUP%2C+it+cannot+be")
    assert shop.sale()["status"] == "AWAITING_PICKUP"


def test_a_button_pressed_twice_says_that_it_is_done(shop: Shop) -> None:
    shop.post_dated()
    press(shop, "picked_up")

    assert press(shop, "picked_up") == "/?refused=Sale+SO0001+is+PICKED_UP_CLOSED+already"


def test_a_button_of_a_sale_that_is_gone_is_refused(shop: Shop) -> None:
    assert press(shop, "picked_up", UNKNOWN) == "/?refused=Sale+not+found"


# In a browser


def test_a_person_sees_the_open_sales(shop: Shop, running: RunningSandbox, browser: Browser) -> None:
    shop.post_dated()
    shop.post_dated(id=None, attributes=["delivery"], invoice_number="SO0002")

    browser.go(running.url)

    assert browser.texts("#open-sales tbody tr b") == ["SO0002", "SO0001"]
    assert browser.texts("#open-sales tbody button") == ["Dispatched", "Picked up"]
    assert browser.texts("h2") == ["Open sales", "Outlets", "Inventory", "Last requests"]


def test_clicking_picked_up_closes_that_sale(shop: Shop, running: RunningSandbox, browser: Browser) -> None:
    shop.post_dated()
    shop.post_dated(id=None, invoice_number="SO0002")
    browser.go(running.url)

    browser.follow(PICKED_UP)

    assert browser.texts(".notice") == ["Sale SO0001 was picked up."]
    assert browser.texts("#open-sales tbody tr b") == ["SO0002"]
    assert {each["invoice_number"]: each["status"] for each in shop.state()["sales"]} == {
        "SO0001": "PICKED_UP_CLOSED",
        "SO0002": "AWAITING_PICKUP",
    }


def test_clicking_dispatched_closes_that_sale(shop: Shop, running: RunningSandbox, browser: Browser) -> None:
    shop.post_dated(attributes=["delivery"])
    browser.go(running.url)

    browser.follow("#open-sales button")

    assert browser.texts("#open-sales p") == ["No sale waits for anything."]
    assert shop.sale()["status"] == "DISPATCHED_CLOSED"


def test_clicking_what_the_shop_refuses_says_why(shop: Shop, running: RunningSandbox, browser: Browser) -> None:
    shop.switch(unpaid_may_be_fulfilled=False)
    shop.post_dated(payments=[])
    browser.go(running.url)

    browser.follow(PICKED_UP)

    assert browser.texts(".notice.bad") == ["An unpaid sale cannot be fulfilled"]
    assert shop.sale()["status"] == "AWAITING_PICKUP"


def test_typing_into_the_filter_narrows_the_inventory(shop: Shop, running: RunningSandbox, browser: Browser) -> None:
    browser.go(running.url)

    browser.submit("#inventory input", "sku-00049")

    assert set(browser.texts("#inventory tbody code")) == {"SKU-00049"}
    assert browser.url.startswith(f"{running.url}/?text=sku-00049")


@pytest.mark.parametrize("width", [1400, 800, 400])
def test_nothing_hangs_over_the_edge(
    shop: Shop, running: RunningSandbox, browser: Browser, tmp_path: Path, width: int
) -> None:
    shop.post_dated(source={"author_id": _erp_user(shop), "type": "x" * 60, "id": "y" * 60})
    browser.resize(width, 900)
    browser.go(running.url)

    browser.photograph(tmp_path / "page.png")

    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
