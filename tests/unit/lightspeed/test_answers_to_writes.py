"""What an answer to a write is worth: an id, perhaps an echo, or nothing that can be relied on."""

import pytest

from syncd.errors import (
    Conflict,
    Forbidden,
    NotSent,
    ReadOnly,
    Refused,
    Throttled,
    Unanswered,
    Unauthorized,
)
from syncd.lightspeed import ClassicRetail, DatedRetail
from tests.unit.lightspeed.shapes import SALE, a_dated_sale, a_draft, a_register_sale, without
from tests.unit.lightspeed.vendor import NO_ANSWER

DATED, CLASSIC = "/api/2026-07/sales", "/api/register_sales"
DIALECTS = pytest.mark.parametrize("dialect", ["dated", "classic"])


def _retail(vendor, dialect, **options):
    transport = vendor.transport(**options)
    return DatedRetail(transport, "2026-07") if dialect == "dated" else ClassicRetail(transport)


def _path(dialect):
    return DATED if dialect == "dated" else CLASSIC


@DIALECTS
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"data": {"id": SALE}}, id="an-object-with-an-id"),
        pytest.param({"data": SALE}, id="a-bare-id"),
        pytest.param({"data": [{"id": SALE}]}, id="an-array-of-one"),
        pytest.param({"register_sale": {"id": SALE}}, id="the-wrapper-of-0.9"),
        pytest.param({"id": SALE, "status": "AWAITING_PICKUP"}, id="no-wrapper"),
        pytest.param({"data": {"id": SALE, "state": "pending", "line_items": "what"}}, id="an-unreadable-sale"),
    ],
)
def test_the_id_is_enough(vendor, dialect, body):
    vendor.says("POST", _path(dialect), body)

    receipt = _retail(vendor, dialect).create_sale(a_draft())

    assert (receipt.sale_id, receipt.echo) == (SALE, None)


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        pytest.param("dated", {"data": a_dated_sale()}, id="dated"),
        pytest.param("classic", {"register_sale": a_register_sale()}, id="classic-in-its-wrapper"),
        pytest.param("classic", a_register_sale(), id="classic-bare"),
    ],
)
def test_a_whole_sale_is_an_echo(vendor, dialect, body):
    vendor.says("POST", _path(dialect), body)

    receipt = _retail(vendor, dialect).create_sale(a_draft())

    assert receipt.echo is not None
    assert receipt.echo.is_ours
    assert len(receipt.echo.lines) == 1
    assert len(receipt.echo.payments) == 1


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        pytest.param("dated", {"data": a_dated_sale(line_items=[], payments=[])}, id="dated"),
        pytest.param("dated", {"data": a_dated_sale(line_items=None)}, id="null-lines"),
        pytest.param("classic", {"register_sale": a_register_sale(register_sale_products=[])}, id="classic"),
    ],
)
def test_an_empty_sale_is_shown_as_it_is(vendor, dialect, body):
    vendor.says("POST", _path(dialect), body)

    receipt = _retail(vendor, dialect).create_sale(a_draft())

    assert receipt.echo is not None
    assert receipt.echo.is_empty


def test_an_answer_that_does_not_speak_of_lines_is_no_echo(vendor, dated):
    vendor.says("POST", DATED, {"data": without(a_dated_sale(), "line_items")})

    receipt = dated.create_sale(a_draft())

    assert (receipt.sale_id, receipt.echo) == (SALE, None)


@DIALECTS
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<html>gateway</html>", id="a-page"),
        pytest.param('{"data": {"id": "81b3', id="cut-off"),
        pytest.param("{}", id="an-empty-object"),
        pytest.param({"data": None}, id="no-data"),
        pytest.param({"error": "who knows"}, id="an-error-with-200"),
        pytest.param(NO_ANSWER, id="no-answer"),
    ],
)
def test_a_write_without_a_usable_answer_may_have_been_done(vendor, dialect, body):
    vendor.says("POST", _path(dialect), body)

    with pytest.raises(Unanswered):
        _retail(vendor, dialect).create_sale(a_draft())

    assert len(vendor.asked) == 1


@DIALECTS
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Forbidden),
        (409, Conflict),
        (422, Refused),
        (429, Throttled),
        (500, Unanswered),
        (503, Unanswered),
    ],
)
def test_the_class_of_the_error_says_what_may_be_done_next(vendor, dialect, status, error):
    vendor.says("POST", _path(dialect), {"error": "no"}, status=status)

    with pytest.raises(error):
        _retail(vendor, dialect).create_sale(a_draft())

    assert len(vendor.asked) == 1


@DIALECTS
def test_a_dry_run_writes_nothing(vendor, dialect):
    with pytest.raises(ReadOnly):
        _retail(vendor, dialect, read_only=True).create_sale(a_draft())

    assert vendor.asked == []


def test_a_server_that_is_not_there_was_sent_nothing(vendor):
    vendor.url = "http://127.0.0.1:9"

    with pytest.raises(NotSent):
        _retail(vendor, "dated").create_sale(a_draft())
