from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerId
from syncd.domain.ids import OutletId, SaleId
from syncd.domain.orders import Method
from syncd.domain.sales import Fulfilment, FulfilmentLine, FulfilmentState, SalePayment, SaleState
from syncd.domain.verify import (
    account_differences,
    differences,
    fulfilment_differences,
    is_untouched,
    lines_by_order_line,
)
from tests.builders import AIRPORT, CASH, DOWNTOWN, PREPAID, a_draft, a_draft_line, a_sale, a_sale_line

LAMP = a_draft_line("LAMP", "1", "30.00", "4.50", order_line="2")
CASH_PAYMENT = SalePayment("payment-9", CASH, Decimal("23.00"))


def paid(*amounts, with_=PREPAID):
    return tuple(SalePayment(f"payment-{place}", with_, Decimal(amount)) for place, amount in enumerate(amounts))


def test_a_sale_as_it_was_sent_has_no_differences():
    assert differences(a_draft(), a_sale()) == []


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale(source_type="SYNCD"), id="the source in other letters, as classic accounts show it"),
        pytest.param(a_sale(outlet=None), id="no outlet, as the dated dialect may have it"),
        pytest.param(a_sale(invoice_number=""), id="no invoice number yet"),
        pytest.param(a_sale(total=Decimal("23.00000")), id="a total with more digits"),
        pytest.param(a_sale(total=Decimal("23.00499")), id="a total that X-Series did not round"),
        pytest.param(a_sale(lines=(a_sale_line(quantity=Decimal("2.0")),)), id="a quantity with more digits"),
        pytest.param(a_sale(lines=(a_sale_line(net=Decimal("19.99998")),)), id="an amount that was not rounded"),
        pytest.param(a_sale(payments=paid("20.00", "3.00")), id="the payment in two pieces"),
        pytest.param(a_sale(state=SaleState.CLOSED), id="handed over meanwhile"),
    ],
)
def test_what_only_looks_different_is_no_difference(sale):
    assert differences(a_draft(), sale) == []


@pytest.mark.parametrize(
    ("sale", "said"),
    [
        pytest.param(a_sale(lines=(), total=Decimal(0)), ["the sale has no lines"], id="an empty sale"),
        pytest.param(
            a_sale(source_type="web", source_id="9"), ['the source is "web" "9", not ours'], id="another source"
        ),
        pytest.param(a_sale(source_id=""), ['the source is "syncd" "", not ours'], id="no source id"),
        pytest.param(
            a_sale(source_id="acme/tryton/43/x/pickup/1"),
            ["the source id is acme/tryton/43/x/pickup/1, not acme/tryton/42/outlet-downtown/dispatch/1"],
            id="another order's",
        ),
        pytest.param(a_sale(invoice_number="77"), ["the invoice number is 77, not 1001"], id="another number"),
        pytest.param(a_sale(method=Method.PICKUP), ["it is pickup, not dispatch"], id="another way of hand-over"),
        pytest.param(a_sale(method=None), ["it is neither pickup nor dispatch, not dispatch"], id="no hand-over"),
        pytest.param(
            a_sale(outlet=AIRPORT.outlet), ["it is at outlet outlet-airport, not outlet-downtown"], id="another outlet"
        ),
        pytest.param(
            a_sale(lines=(a_sale_line(quantity=Decimal(3)),)),
            [
                "a line is missing: 2 of product product-MUG-BLUE for 20.00 + 3.00 tax",
                "a line is not ours: 3 of product product-MUG-BLUE for 20.00 + 3.00 tax",
            ],
            id="another quantity",
        ),
        pytest.param(
            a_sale(lines=(a_sale_line(tax_total=Decimal("3.01")),)),
            [
                "a line is missing: 2 of product product-MUG-BLUE for 20.00 + 3.00 tax",
                "a line is not ours: 2 of product product-MUG-BLUE for 20.00 + 3.01 tax",
            ],
            id="a cent more of tax on a line",
        ),
        pytest.param(
            a_sale(lines=(a_sale_line(), a_sale_line(id="line-1"))),
            ["a line is not ours: 2 of product product-MUG-BLUE for 20.00 + 3.00 tax"],
            id="the same line twice",
        ),
        pytest.param(a_sale(total=Decimal("23.01")), ["the total is 23.01, not 23.00"], id="another total"),
        pytest.param(a_sale(payments=()), ["0.00 is paid, not 23.00"], id="no payment"),
        pytest.param(a_sale(payments=paid("23.00", "23.00")), ["46.00 is paid, not 23.00"], id="paid twice"),
    ],
)
def test_each_difference_is_said_in_words(sale, said):
    assert differences(a_draft(), sale) == said


def test_all_differences_are_said_at_once():
    sale = a_sale(method=None, total=Decimal(1), payments=())

    assert len(differences(a_draft(), sale)) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, [], id="as it was sent"),
        pytest.param(
            {"outlet": AIRPORT.outlet},
            ["outlet outlet-airport hands it over, not outlet-downtown"],
            id="by another outlet",
        ),
        pytest.param({"method": Method.PICKUP}, ["it is handed over by pickup, not dispatch"], id="in another way"),
    ],
)
def test_the_fulfilment_says_which_outlet_hands_over_and_how(changes, said):
    sale = a_sale()
    lines = tuple(FulfilmentLine(line.id, line.quantity, Decimal(0)) for line in sale.lines)
    fulfilment = Fulfilment("f-1", sale.id, DOWNTOWN.outlet, Method.DISPATCH, FulfilmentState.OPEN, lines)

    assert fulfilment_differences(a_draft(), [replace(fulfilment, **changes)]) == said


# -- may it be voided?


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale(), id="as it was sent"),
        pytest.param(a_sale(state=SaleState.PARKED), id="left parked by a payload that X-Series disliked"),
        pytest.param(a_sale(lines=()), id="without lines"),
        pytest.param(a_sale(payments=()), id="without our payment"),
        pytest.param(a_sale(total=Decimal(99), method=None), id="with a total that was computed otherwise"),
        pytest.param(a_sale(payments=paid("23.00", with_=None)), id="with a payment whose type is not shown"),
    ],
)
def test_a_sale_with_nothing_but_ours_on_it_is_untouched(sale):
    assert is_untouched(a_draft(), sale)


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale(state=SaleState.CLOSED), id="handed over"),
        pytest.param(a_sale(state=SaleState.VOIDED), id="voided"),
        pytest.param(a_sale(lines=(a_sale_line(), a_sale_line(id="x", quantity=Decimal(1)))), id="a line more"),
        pytest.param(a_sale(lines=(a_sale_line(), a_sale_line(id="x"))), id="our line a second time"),
        pytest.param(a_sale(lines=(a_sale_line(quantity=Decimal(1)),)), id="another quantity"),
        pytest.param(a_sale(payments=paid("23.00", "5.00")), id="a payment more"),
        pytest.param(a_sale(payments=paid("23.00", "23.00")), id="the same amount paid again"),
        pytest.param(a_sale(payments=paid("24.00")), id="another amount paid"),
        # Cash taken at the till in place of our payment must not be voided with the sale.
        pytest.param(a_sale(payments=(CASH_PAYMENT,)), id="the same amount, but in cash"),
    ],
)
def test_a_sale_with_somebodys_work_on_it_is_touched(sale):
    assert not is_untouched(a_draft(), sale)


@pytest.mark.parametrize(
    ("sale", "untouched"),
    [
        pytest.param(a_sale(lines=(), payments=()), True, id="empty"),
        pytest.param(a_sale(payments=()), False, id="with lines"),
        pytest.param(a_sale(lines=()), False, id="with a payment"),
    ],
)
def test_of_a_sale_whose_draft_is_not_known_only_an_empty_one_is_untouched(sale, untouched):
    assert is_untouched(None, sale) is untouched


# -- which line is which


def test_each_line_of_the_order_finds_its_line_of_the_sale():
    draft = a_draft(lines=(a_draft_line(), LAMP))

    assert lines_by_order_line(draft, a_sale(draft)) == [("1", "line-0", Decimal(2)), ("2", "line-1", Decimal(1))]


def test_the_same_product_twice_is_paired_once_each_in_sequence():
    twice = a_draft(lines=(a_draft_line(), a_draft_line(order_line="2")))
    later, first = a_sale_line(id="later", sequence=2), a_sale_line(id="first", sequence=1)

    assert lines_by_order_line(twice, a_sale(twice, lines=(later, first))) == [
        ("1", "first", Decimal(2)),
        ("2", "later", Decimal(2)),
    ]


def test_the_same_product_in_two_quantities_is_paired_by_quantity():
    draft = a_draft(lines=(a_draft_line(), a_draft_line(quantity="1", net="10.00", tax="1.50", order_line="2")))
    sale = a_sale(draft)
    turned = replace(sale, lines=tuple(replace(line, sequence=None) for line in reversed(sale.lines)))

    assert lines_by_order_line(draft, turned) == [("1", "line-0", Decimal(2)), ("2", "line-1", Decimal(1))]


def test_a_line_that_is_not_there_has_no_partner():
    draft = a_draft(lines=(a_draft_line(), LAMP))

    assert lines_by_order_line(draft, a_sale(a_draft())) == [("1", "line-0", Decimal(2))]


def test_ours_is_a_sale_by_its_source_alone():
    sales = {
        "ours": a_sale(),
        "another number": a_sale(invoice_number="9999"),
        "another id": a_sale(id=SaleId("x"), outlet=OutletId("y")),
        "our number": a_sale(source_type="", source_id=""),
        "another connector": a_sale(source_type="shop"),
    }

    assert [name for name, sale in sales.items() if sale.is_ours] == ["ours", "another number", "another id"]


AROHA = CustomerId("customer-aroha")
OWED = a_draft(payments=(), on_account=True, customer=AROHA)


@pytest.mark.parametrize(
    ("sale", "found"),
    [
        pytest.param(a_sale(OWED, customer=AROHA, attributes=("OnAccount", "delivery")), [], id="owed by its customer"),
        pytest.param(a_sale(OWED, customer=AROHA), ["it is not on account"], id="an attribute that was not kept"),
        pytest.param(
            a_sale(OWED, attributes=("onaccount",)), [f"its customer is nobody, not {AROHA}"], id="owed by nobody"
        ),
        pytest.param(a_sale(OWED, state=SaleState.CLOSED, customer=AROHA), [], id="paid and handed over meanwhile"),
    ],
)
def test_a_sale_just_made_on_account_must_say_who_owes_it(sale, found):
    assert account_differences(OWED, sale) == found


def test_a_sale_that_nobody_owes_may_have_any_customer():
    assert account_differences(a_draft(customer=AROHA), a_sale()) == []
