"""Answers of no use end in an error of the right class that carries the request id: wrong kind, cut off, too long."""

from datetime import timedelta

import pytest

from syncd import transport
from syncd.errors import NotUnderstood, Throttled, Unanswered
from syncd.lightspeed import connect
from tests.unit.lightspeed.shapes import a_draft
from tests.unit.lightspeed.vendor import Reply

FEED, SALES = "/api/2026-07/sales", "/api/2026-07/sales"
REQUEST_ID = {"X-Request-Id": "req-77"}
PAGE = b'{"data": [{"id": "s-1", "state": "pending", "_meta'
HTML = Reply(b"<html>log in</html>", {"Content-Type": "text/html; charset=utf-8", **REQUEST_ID})


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(HTML, NotUnderstood, id="a page for people"),
        pytest.param(Reply(PAGE, REQUEST_ID), NotUnderstood, id="JSON that ends in the middle"),
        pytest.param(Reply(PAGE, REQUEST_ID, cut=100), Unanswered, id="fewer bytes than announced"),
        pytest.param(Reply(b"x" * 5_000, REQUEST_ID), NotUnderstood, id="too long"),
        pytest.param(Reply(b"", REQUEST_ID), NotUnderstood, id="nothing"),
    ],
)
def test_a_read_says_which_request_it_was(vendor, dated, monkeypatch, reply, error):
    monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 4_000)
    vendor.says("GET", FEED, reply)

    with pytest.raises(error) as caught:
        list(dated.read_sales(after=0))

    assert caught.value.request_id == "req-77"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(HTML, id="a page for people"),
        pytest.param(Reply(PAGE, REQUEST_ID), id="JSON that ends in the middle"),
        pytest.param(Reply(PAGE, REQUEST_ID, cut=100), id="fewer bytes than announced"),
        pytest.param(Reply(b"x" * 5_000, REQUEST_ID), id="too long"),
    ],
)
def test_a_write_may_have_been_done(vendor, dated, monkeypatch, reply):
    monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 4_000)
    vendor.says("POST", SALES, reply)

    with pytest.raises(Unanswered) as caught:
        dated.create_sale(a_draft())

    assert caught.value.request_id == "req-77"
    assert len(vendor.asked) == 1


# The test clock stands at 10:00:00 of 1 December 2026.
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "Tue, 01 Dec 2026 10:02:00 GMT"}, 120, id="a date ahead"),
        pytest.param(
            {"Retry-After": "Tue, 01 Dec 2026 09:01:30 GMT", "Date": "Tue, 01 Dec 2026 09:00:00 GMT"},
            90,
            id="a date ahead by their clock, which is behind ours",
        ),
        pytest.param(
            {"Retry-After": "Tue, 01 Dec 2026 10:01:30 GMT", "Date": "Sat, 21 Nov 2026 09:00:00 GMT"},
            90,
            id="a date of a proxy that is far off",
        ),
        pytest.param({"Retry-After": "Tue, 01 Dec 2026 09:00:00 GMT"}, 1, id="a date that has passed"),
        pytest.param({"Retry-After": "40"}, 40, id="seconds"),
        pytest.param({"Retry-After": "soon"}, 1, id="no date"),
        pytest.param({}, 1, id="nothing"),
        pytest.param({"Retry-After": "Tue, 01 Dec 2026 23:00:00 GMT"}, 300, id="more than a window"),
    ],
)
def test_a_429_is_waited_out_whatever_it_says(vendor, headers, seconds):
    vendor.says("GET", FEED, Reply(b"{}", headers), status=429)
    sent_by = vendor.transport()

    with pytest.raises(Throttled) as caught:
        list(connect(sent_by, "2026-07").read_sales(after=0))

    assert caught.value.wait == timedelta(seconds=seconds)
    assert sent_by.budget.numbers().blocked_for == timedelta(seconds=seconds)


def test_the_budget_is_learnt_from_the_headers(vendor):
    vendor.says("GET", FEED, Reply(b'{"data": []}', {"X-RateLimit-Limit": "650", "X-RateLimit-Remaining": "640"}))
    sent_by = vendor.transport()

    list(connect(sent_by, "2026-07").read_sales(after=0))

    numbers = sent_by.budget.numbers()
    assert (numbers.limit, numbers.used, numbers.others, numbers.requests) == (650, 1, 9, 1)


@pytest.mark.parametrize("bad", [{"outlet_id": 5}, {"product_id": None}, {"inventory_level": "six"}])
def test_one_bad_row_spoils_no_other(vendor, classic, bad):
    rows = [
        {"outlet_id": "o", "product_id": f"p-{number}", "inventory_level": number, "version": number}
        for number in range(1, 4)
    ]
    rows[2] |= bad
    end = {"data": [], "version": None}
    vendor.says("GET", "/api/2.0/inventory", {"data": rows, "version": {"min": 1, "max": 3}}, end)

    pages = list(classic.read_levels(after=0))

    assert [[level.product for level in page] for page in pages] == [["p-1", "p-2"]]
    assert [query["after"] for query in vendor.queries("/api/2.0/inventory")] == ["0", "3"]
