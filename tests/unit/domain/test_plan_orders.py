from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from syncd.domain.ids import OrderLineId, SaleId
from syncd.domain.orders import OrderState
from syncd.domain.plan_orders import Adopt, Create, OrderFacts, OrderPlan, Update, Void, plan_deleted, plan_order
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import IgnoreRules, Unpaid
from syncd.domain.sales import SalePayment, SaleState
from tests.builders import (
    AIRPORT,
    CASH,
    DOWNTOWN,
    NOW,
    START,
    a_draft,
    a_draft_line,
    a_fee,
    a_line,
    a_part,
    a_payment,
    a_record,
    a_sale,
    a_sale_line,
    a_shelf,
    an_order,
    seen,
    the_rules,
)

STANDS = OrderPlan(Outcome.SYNCED, Reason.STANDS)
HANDED_OVER = OrderPlan(Outcome.SYNCED, Reason.HANDED_OVER)
GONE = OrderPlan(Outcome.SYNCED, Reason.VOIDED)
AT_TILL = the_rules(unpaid=Unpaid.AT_TILL)

TWO, THREE = an_order(), an_order(a_line(quantity="3"))
CANCELLED = replace(TWO, state=OrderState.CANCELLED)
AT_AIRPORT = an_order(a_line(at="AIRPORT"))
AT_BOTH = an_order(a_line(), a_line("LAMP", "1", "30.00", id="2", at="AIRPORT"))
ELSEWHERE = replace(TWO, address=replace(TWO.address, street="9 Kings Rd"))
NOTE = "PO-7 · Aroha Ngata · 021 555 0101 · 1 Queen St · 1010 Auckland NZ"
CASH_PAYMENT = SalePayment("payment-9", CASH, Decimal("23.00"))


def plan(order, *, records=(), sales=(), retry=False, rules=None, shelf=None):
    facts = OrderFacts(order, tuple(records), tuple(seen(sale) for sale in sales), retry)
    return plan_order(facts, rules or the_rules(), shelf or a_shelf(), now=NOW)


def drafts_of(order, *, rules=None):
    """What the order's sales are made of when it is seen for the first time."""
    return [step.draft for step in plan(order, rules=rules).steps]


def draft_of(order, **given):
    (draft,) = drafts_of(order, **given)
    return draft


def steps_by_kind(plan_):
    return [type(step).__name__ for step in plan_.steps]


def held(reason):
    return Outcome.HELD, reason


def judged(plan_):
    """Outcome and reason; a plan that holds the order writes nothing."""
    if plan_.outcome is Outcome.HELD:
        assert [step for step in plan_.steps if not isinstance(step, Adopt)] == []
    return plan_.outcome, plan_.reason


# -- made once


def test_a_new_order_becomes_one_sale():
    note = "PO-7 · Aroha Ngata · 021 555 0101 · 1 Queen St · 1010 Auckland NZ"
    made = plan(TWO)

    draft = a_draft(note=note, sale_id=made.steps[0].draft.sale_id)
    assert made == OrderPlan(Outcome.WAITING, Reason.SENDING, steps=(Create(a_part(), 0, 1, draft),))


def test_an_order_for_two_outlets_becomes_two_sales_with_numbers_of_their_own():
    here, there = plan(AT_BOTH).steps

    assert (here.part, here.place, here.generation, here.draft.invoice_number) == (a_part(), 0, 1, "1001")
    assert (there.part, there.place, there.generation, there.draft.invoice_number) == (
        a_part(at=AIRPORT),
        1,
        1,
        "1001-B",
    )


def test_a_sale_that_stands_as_the_order_asks_needs_nothing():
    draft = draft_of(TWO)

    assert plan(TWO, records=[a_record(draft)], sales=[a_sale(draft)]) == STANDS


def test_an_order_whose_sales_are_all_handed_over_is_done():
    draft = draft_of(TWO)

    assert plan(TWO, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)]) == HANDED_OVER


def test_an_order_of_which_one_outlet_has_handed_over_still_stands():
    here, there = drafts_of(AT_BOTH)
    records = [a_record(here), a_record(there, place=1)]

    assert plan(AT_BOTH, records=records, sales=[a_sale(here, state=SaleState.CLOSED), a_sale(there)]) == STANDS


def test_the_same_facts_make_the_same_plan():
    assert plan(AT_BOTH) == plan(AT_BOTH)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"changed_at": NOW}, id="the ERP's stamp"),
        pytest.param({"state": OrderState.DONE}, id="its state in the ERP"),
    ],
)
def test_a_change_that_is_not_of_the_sale_changes_nothing(changes):
    draft = draft_of(TWO)

    assert plan(replace(TWO, **changes), records=[a_record(draft)], sales=[a_sale(draft)]) == STANDS


# -- not for X-Series


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        pytest.param(CANCELLED, Reason.CANCELLED, id="cancelled"),
        pytest.param(
            an_order(a_line(quantity="0", cancelled=Decimal(2))), Reason.CANCELLED, id="cancelled line by line"
        ),
        pytest.param(an_order(state=OrderState.QUOTE), Reason.STATE_NOT_LISTED, id="a quote"),
        pytest.param(
            an_order(confirmed_at=START - timedelta(seconds=1)), Reason.BEFORE_START, id="a second before the start"
        ),
        pytest.param(an_order(a_fee()), Reason.NOTHING_TO_HAND_OVER, id="nothing but a fee"),
        pytest.param(
            an_order(a_line(shipped=Decimal(2)), state=OrderState.DONE), Reason.DONE_BEFORE_START, id="shipped already"
        ),
        pytest.param(
            an_order(a_line(shipped=Decimal(2)), a_line("LAMP", "0", id="2", cancelled=Decimal(1))),
            Reason.DONE_BEFORE_START,
            id="shipped already, what was not cancelled",
        ),
    ],
)
def test_an_order_without_a_sale_is_ignored_by_rule(order, reason):
    ignored = plan(order)

    assert (ignored.outcome, ignored.reason, ignored.steps) == (Outcome.IGNORED, reason, ())


def test_an_order_that_a_rule_ignores_names_the_rule():
    rules = the_rules(ignore=IgnoreRules(numbers=("10*",)))

    assert plan(TWO, rules=rules) == OrderPlan(
        Outcome.IGNORED, Reason.IGNORED_BY_RULE, "orders.ignore.numbers: 10* fits 1001"
    )


def test_an_order_confirmed_just_at_the_start_counts():
    assert plan(an_order(confirmed_at=START)).outcome is Outcome.WAITING


@pytest.mark.parametrize("state", list(OrderState))
def test_only_the_listed_states_become_sales(state):
    rules = the_rules(states=frozenset({OrderState.PROCESSING}))

    assert bool(plan(an_order(state=state), rules=rules).steps) is (state is OrderState.PROCESSING)


@pytest.mark.parametrize(
    "quantity",
    [
        # Nothing shipped is no less than these quantities: that alone must not pass for "shipped in full".
        pytest.param("-1", id="an order to take goods back"),
        pytest.param("0", id="an order of nothing"),
    ],
)
def test_an_order_of_nothing_but_bad_quantities_is_held_and_not_passed_over(quantity):
    assert judged(plan(an_order(a_line(quantity=quantity)))) == held(Reason.BAD_QUANTITY)


def test_an_order_that_the_erp_had_shipped_in_part_is_held():
    assert judged(plan(an_order(a_line(shipped=Decimal(1))))) == held(Reason.SHIPPED_IN_PART)


@pytest.mark.parametrize("records", [[], [a_record(a_draft())]], ids=["without a sale", "with one"])
def test_an_order_that_a_person_must_decide_in_the_erp_waits(records):
    order = an_order(a_line(quantity="3"), undecided=True)

    assert plan(order, records=records) == OrderPlan(Outcome.WAITING, Reason.ERP_UNDECIDED)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        pytest.param(CANCELLED, Reason.CANCELLED, id="cancelled meanwhile"),
        pytest.param(an_order(a_line(shipped=Decimal(2))), Reason.DONE_BEFORE_START, id="shipped meanwhile"),
    ],
)
def test_an_order_whose_create_was_refused_is_still_one_without_a_sale(order, reason):
    refused = a_record(draft_of(TWO), sale=None, draft=None)

    assert plan(order, records=[refused]) == OrderPlan(Outcome.IGNORED, reason)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(the_rules(start=NOW), id="an earlier confirmation"),
        pytest.param(the_rules(states=frozenset({OrderState.QUOTE})), id="another state"),
        pytest.param(the_rules(ignore=IgnoreRules(customers=("C1",))), id="its customer"),
    ],
)
def test_once_a_sale_was_made_no_rule_takes_it_away(rules):
    draft = draft_of(TWO)

    assert plan(TWO, records=[a_record(draft)], sales=[a_sale(draft)], rules=rules) == STANDS


def test_an_order_that_cannot_be_sold_is_held_with_its_line():
    bad = plan(an_order(a_line(), a_line("UNICORN", id="2")))

    assert bad == OrderPlan(Outcome.HELD, Reason.UNKNOWN_SKU, "UNICORN (Unicorn)", "2")


# -- changed while open


def paid_now(draft):
    """What an update adds is of the moment at which it is added."""
    return replace(draft, payments=tuple(replace(payment, paid_at=NOW) for payment in draft.payments))


def test_an_edit_of_an_open_sale_is_an_update_and_the_way_back_is_another():
    two, three = draft_of(TWO), draft_of(THREE)

    there = plan(THREE, records=[a_record(two)], sales=[a_sale(two)])
    back = plan(TWO, records=[a_record(three)], sales=[a_sale(three)])

    assert there == OrderPlan(
        Outcome.WAITING, Reason.SENDING, steps=(Update(a_part(), 1, two.sale_id, before=two, draft=paid_now(three)),)
    )
    assert back == OrderPlan(
        Outcome.WAITING, Reason.SENDING, steps=(Update(a_part(), 1, two.sale_id, before=three, draft=paid_now(two)),)
    )
    assert plan(TWO, records=[a_record(two)], sales=[a_sale(two)]) == STANDS


def test_only_the_part_that_changed_is_updated():
    here, there = drafts_of(AT_BOTH)
    more = an_order(a_line(quantity="3"), AT_BOTH.lines[1])

    changed = plan(more, records=[a_record(here), a_record(there, place=1)], sales=[a_sale(here), a_sale(there)])

    assert [(type(step), step.part) for step in changed.steps] == [(Update, a_part())]


def test_an_equal_line_in_place_of_another_is_followed():
    # Else the store keeps the pair of a line that is gone: what is handed over is counted for line 1, the ERP's
    # shipment is of line 9, and the completion never reaches the ERP.
    draft = draft_of(TWO)
    replaced = an_order(a_line(id=OrderLineId("9")))

    assert plan(replaced, records=[a_record(draft)], sales=[a_sale(draft)]).steps != ()


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale(draft_of(TWO), payments=(CASH_PAYMENT, CASH_PAYMENT)), id="somebody took money"),
        pytest.param(a_sale(draft_of(TWO), lines=(a_sale_line(quantity=Decimal(5)),)), id="another quantity"),
        pytest.param(a_sale(draft_of(TWO), lines=(), total=Decimal(0)), id="its lines removed"),
        pytest.param(a_sale(draft_of(TWO), invoice_number="X"), id="another number"),
    ],
)
def test_an_order_changed_after_its_sale_was_edited_at_the_till_is_held(sale):
    assert judged(plan(THREE, records=[a_record(draft_of(TWO))], sales=[sale])) == held(Reason.EDITED_AT_TILL)


def test_an_equal_line_in_place_of_another_is_followed_after_the_hand_over_too():
    # DEFECT: of a closed sale equal goods count as "nothing new", whatever the order lines are called, and the store
    # keeps the pairs of lines that are gone: the completion is dropped silently. The sale could be adopted anew, as
    # an open one is. The same for an unpaid sale that was paid at the till.
    draft = draft_of(TWO)
    replaced = an_order(a_line(id=OrderLineId("9")))

    after = plan(replaced, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)])

    assert steps_by_kind(after) == ["Adopt"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"reference": "PO-8"}, id="the customer's number"),
        pytest.param({"customer": replace(TWO.customer, phone="021 555 0199")}, id="the phone"),
        pytest.param({"address": replace(TWO.address, street="9 Kings Rd")}, id="the street"),
        pytest.param({"comment": "please wrap"}, id="what was said about it"),
    ],
)
def test_a_new_address_reaches_the_sale_that_stands(changes):
    draft = draft_of(TWO)
    moved = replace(TWO, **changes)

    (step,) = plan(moved, records=[a_record(draft)], sales=[a_sale(draft)]).steps

    assert isinstance(step, Update)
    assert (step.before.note, step.draft.note) == (NOTE, draft_of(moved).note)
    assert step.draft.content == step.before.content


@pytest.mark.parametrize(
    "sale",
    [
        pytest.param(a_sale(draft_of(TWO), payments=(CASH_PAYMENT, CASH_PAYMENT)), id="somebody took money"),
        pytest.param(a_sale(draft_of(TWO), state=SaleState.PARKED), id="somebody parked it"),
    ],
)
def test_a_new_address_of_goods_that_others_have_worked_on_is_held_and_never_passed_over(sale):
    after = plan(ELSEWHERE, records=[a_record(draft_of(TWO))], sales=[sale])

    assert judged(after) == held(Reason.EDITED_AT_TILL)


def test_a_new_phone_of_a_pickup_on_which_others_have_worked_holds_nothing():
    pickup = replace(TWO, delivery="CLICK-COLLECT")
    draft = draft_of(pickup)
    touched = a_sale(draft, payments=(*a_sale(draft).payments, CASH_PAYMENT))

    assert plan(replace(pickup, reference="PO-8"), records=[a_record(draft)], sales=[touched]) == STANDS


def test_a_new_address_is_not_passed_over_because_somebody_mended_the_goods():
    two, three = draft_of(TWO), replace(THREE, address=ELSEWHERE.address)
    mended = a_sale(draft_of(THREE), id=two.sale_id, version=2)
    told = replace(mended, note=draft_of(three).note)

    assert judged(plan(three, records=[a_record(two)], sales=[mended])) == held(Reason.EDITED_AT_TILL)
    assert plan(three, records=[a_record(two)], sales=[told]).outcome is Outcome.SYNCED


def test_a_new_address_of_goods_that_have_left_changes_nothing():
    draft = draft_of(TWO)

    after = plan(ELSEWHERE, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)])

    assert after == HANDED_OVER


def test_a_new_address_that_the_sale_tells_already_is_not_written_again():
    # A store put back to before the update: the sale has it, the store does not know.
    draft = draft_of(TWO)
    told = a_sale(draft, note=f"{draft_of(ELSEWHERE).note} · leave at the door")

    after = plan(ELSEWHERE, records=[a_record(draft)], sales=[told])

    assert after.outcome is Outcome.SYNCED
    assert [(type(step), step.draft.note) for step in after.steps] == [(Adopt, draft_of(ELSEWHERE).note)]


def test_a_sale_and_an_order_changed_to_say_the_same_are_let_go_by_retry():
    # It is not enough to look whether the sale is what it was: then the hold could never be left.
    two, three = draft_of(TWO), draft_of(THREE)
    mended = a_sale(three, id=two.sale_id, version=2)

    assert plan(THREE, records=[a_record(two)], sales=[mended], retry=True).outcome is not Outcome.HELD


def test_an_order_changed_after_its_goods_were_handed_over_is_held_with_both_stories():
    draft = draft_of(TWO)

    late = plan(THREE, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)])

    assert late == OrderPlan(
        Outcome.HELD, Reason.CHANGED_AFTER_CLOSED, "handed over: 23.00; the order now asks for 34.50"
    )


def test_an_order_paid_at_the_till_and_then_paid_in_the_erp_is_done():
    # The normal way of `unpaid: at_till`: the ERP learns of the payment later, and the draft of today then carries a
    # payment that the verified one did not.
    unpaid = replace(TWO, paid=False)
    draft = draft_of(unpaid, rules=AT_TILL)
    closed = a_sale(draft, state=SaleState.CLOSED, payments=(CASH_PAYMENT,))

    assert plan(TWO, records=[a_record(draft)], sales=[closed], rules=AT_TILL) == HANDED_OVER


def test_an_order_paid_at_the_till_before_it_is_handed_over_stands_when_the_erp_hears_of_it():
    draft = draft_of(replace(TWO, paid=False), rules=AT_TILL)

    paid_first = a_sale(draft, payments=(CASH_PAYMENT,))

    assert plan(TWO, records=[a_record(draft)], sales=[paid_first], rules=AT_TILL) == STANDS


def test_an_order_paid_in_the_erp_while_its_unpaid_sale_is_open_gets_its_payment():
    draft = draft_of(replace(TWO, paid=False), rules=AT_TILL)

    (step,) = plan(TWO, records=[a_record(draft)], sales=[a_sale(draft)], rules=AT_TILL).steps

    assert isinstance(step, Update)
    assert step.draft.payments == (replace(a_payment("23.00"), paid_at=NOW),)


# -- cancelled


def test_a_cancelled_order_voids_its_open_sale():
    draft = draft_of(TWO)

    assert plan(CANCELLED, records=[a_record(draft)], sales=[a_sale(draft)]) == OrderPlan(
        Outcome.WAITING,
        Reason.SENDING,
        steps=(Void(a_part(), 1, draft.sale_id, draft, as_verified=True, why="the order no longer asks for it"),),
    )


def test_a_part_of_which_every_line_was_cancelled_is_voided_and_its_sibling_left_alone():
    here, there = drafts_of(AT_BOTH)
    less = an_order(AT_BOTH.lines[0], a_line("LAMP", "0", id="2", at="AIRPORT", cancelled=Decimal(1)))

    voiding = plan(less, records=[a_record(here), a_record(there, place=1)], sales=[a_sale(here), a_sale(there)])

    assert [(type(step), step.part) for step in voiding.steps] == [(Void, a_part(at=AIRPORT))]


def test_a_cancelled_order_whose_sale_is_voided_is_done():
    draft = draft_of(TWO)

    for by_us in (True, False):
        record = a_record(draft, voided_by_us=by_us)
        assert plan(CANCELLED, records=[record], sales=[a_sale(draft, state=SaleState.VOIDED)]) == GONE


def test_an_order_cancelled_after_its_goods_were_handed_over_is_held():
    draft = draft_of(TWO)

    late = plan(CANCELLED, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)])

    assert judged(late) == held(Reason.CANCELLED_AFTER_CLOSED)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"payments": (*a_sale().payments, CASH_PAYMENT)}, id="a payment"),
        pytest.param({"lines": (a_sale_line(), a_sale_line(id="x"))}, id="a line"),
        pytest.param({"lines": (a_sale_line(quantity=Decimal(1)),)}, id="another quantity"),
    ],
)
def test_a_cancelled_order_never_voids_what_is_not_ours(changes):
    draft = draft_of(TWO)

    stopped = plan(CANCELLED, records=[a_record(draft)], sales=[a_sale(draft, **changes)])

    assert judged(stopped) == held(Reason.PAID_BY_OTHERS)


def test_a_cancelled_order_whose_sale_lost_a_line_at_the_till_is_held():
    # A line taken away leaves nothing foreign on the sale, and is somebody's work all the same (DESIGN 4).
    order = an_order(a_line(), a_line("LAMP", "1", "30.00", id="2"))
    draft = draft_of(order)
    less = a_sale(draft)
    less = replace(less, lines=less.lines[:1], total=Decimal("23.00"), version=2)

    stopped = plan(replace(order, state=OrderState.CANCELLED), records=[a_record(draft)], sales=[less])

    assert judged(stopped) == held(Reason.EDITED_AT_TILL)


# -- generations


def test_an_order_reopened_after_its_sale_was_voided_gets_a_new_generation_at_its_old_place():
    draft = draft_of(TWO)
    voided = a_sale(draft, state=SaleState.VOIDED)

    (again,) = plan(TWO, records=[a_record(draft, voided_by_us=True)], sales=[voided]).steps

    assert (type(again), again.place, again.generation) == (Create, 0, 2)
    assert again.draft.invoice_number == "1001-v2"
    assert again.draft.source_id == "acme/tryton/42/outlet-downtown/dispatch/2"
    assert again.draft.sale_id != draft.sale_id


def test_an_order_reopened_while_its_sale_still_stands_makes_no_second_one():
    draft = draft_of(TWO)

    for by_us in (True, False):
        assert plan(TWO, records=[a_record(draft, voided_by_us=by_us)], sales=[a_sale(draft)]) == STANDS


def test_a_sale_voided_by_hand_is_held_until_somebody_says_retry():
    draft = draft_of(TWO)
    facts = {"records": [a_record(draft)], "sales": [a_sale(draft, state=SaleState.VOIDED)]}

    (again,) = plan(TWO, **facts, retry=True).steps

    assert plan(TWO, **facts) == OrderPlan(Outcome.HELD, Reason.VOIDED_BY_HAND, "voided: 1001")
    assert (type(again), again.generation) == (Create, 2)


def test_a_voided_sale_that_the_store_does_not_know_was_not_voided_by_us():
    assert judged(plan(TWO, sales=[a_sale(draft_of(TWO), state=SaleState.VOIDED)])) == held(Reason.VOIDED_BY_HAND)


def test_one_void_of_ours_does_not_excuse_a_later_one_by_hand():
    first = draft_of(TWO)
    voided = a_sale(first, state=SaleState.VOIDED)
    (again,) = plan(TWO, records=[a_record(first, voided_by_us=True)], sales=[voided]).steps
    second = a_sale(again.draft, state=SaleState.VOIDED)

    stopped = plan(TWO, records=[a_record(again.draft)], sales=[voided, second])

    assert judged(stopped) == held(Reason.VOIDED_BY_HAND)


def test_a_later_generation_that_the_store_does_not_know_was_not_voided_by_us():
    first = draft_of(TWO)
    older = a_record(first, voided_by_us=True)
    voided = a_sale(first, state=SaleState.VOIDED)
    (again,) = plan(TWO, records=[older], sales=[voided]).steps

    stopped = plan(TWO, records=[older], sales=[voided, a_sale(again.draft, state=SaleState.VOIDED)])

    assert judged(stopped) == held(Reason.VOIDED_BY_HAND)


def test_a_create_that_was_refused_is_asked_for_again_in_the_same_generation():
    draft = draft_of(TWO)

    (again,) = plan(TWO, records=[a_record(draft, sale=None, draft=None)]).steps

    assert (again.generation, again.draft) == (1, draft)


def test_a_second_generation_that_was_refused_is_asked_for_again_as_the_second():
    first = draft_of(TWO)
    refused = a_record(first, generation=2, sale=None, draft=None)

    (again,) = plan(TWO, records=[refused], sales=[a_sale(first, state=SaleState.VOIDED)]).steps

    assert (again.generation, again.draft.invoice_number) == (2, "1001-v2")


def test_one_part_refused_does_not_void_its_sibling():
    here, there = drafts_of(AT_BOTH)
    refused = a_record(there, place=1, sale=None, draft=None)

    again = plan(AT_BOTH, records=[a_record(here), refused], sales=[a_sale(here)])

    assert again.steps == (Create(a_part(at=AIRPORT), 1, 1, there),)


def test_a_part_keeps_its_number_whatever_becomes_of_the_others():
    here, there = drafts_of(AT_BOTH)
    record = a_record(there, place=1)
    only_there = an_order(AT_BOTH.lines[1])
    voided = a_sale(here, state=SaleState.VOIDED)

    left = plan(only_there, records=[a_record(here, voided_by_us=True), record], sales=[voided, a_sale(there)])

    assert left == STANDS


def test_a_part_that_joins_later_takes_a_number_that_is_free():
    there = draft_of(AT_AIRPORT)

    (joined,) = plan(AT_BOTH, records=[a_record(there)], sales=[a_sale(there)], shelf=a_shelf()).steps[:1]

    assert (joined.part, joined.place, joined.draft.invoice_number) == (a_part(), 1, "1001-B")


# -- moved to another outlet


def test_a_move_voids_the_old_sale_first_and_makes_no_new_one_in_the_same_plan():
    draft = draft_of(TWO)

    moving = plan(AT_AIRPORT, records=[a_record(draft)], sales=[a_sale(draft)])

    assert moving == OrderPlan(
        Outcome.WAITING,
        Reason.MOVING,
        steps=(Void(a_part(), 1, draft.sale_id, draft, as_verified=True, why="the order no longer asks for it"),),
    )


def test_the_new_sale_of_a_move_is_made_once_the_old_one_is_seen_voided():
    draft = draft_of(TWO)
    voided = a_sale(draft, state=SaleState.VOIDED)

    (made,) = plan(AT_AIRPORT, records=[a_record(draft, voided_by_us=True)], sales=[voided]).steps

    assert (type(made), made.part, made.place, made.draft.invoice_number) == (
        Create,
        a_part(at=AIRPORT),
        1,
        "1001-B",
    )


def test_an_order_that_moves_away_and_back_gets_a_new_generation_where_it_began():
    here = draft_of(TWO)
    away = [a_record(here, voided_by_us=True)]
    sales = [a_sale(here, state=SaleState.VOIDED)]
    (made,) = plan(AT_AIRPORT, records=away, sales=sales).steps
    back = [*away, a_record(made.draft, place=1, voided_by_us=True)]

    (again,) = plan(TWO, records=back, sales=[*sales, a_sale(made.draft, state=SaleState.VOIDED)]).steps

    assert (again.part, again.generation, again.draft.invoice_number) == (a_part(), 2, "1001-v2")


def test_a_move_to_where_it_cannot_be_sold_voids_nothing():
    draft = draft_of(TWO)
    nowhere = an_order(a_line(at="ATTIC"))

    stopped = plan(nowhere, records=[a_record(draft)], sales=[a_sale(draft)])

    assert judged(stopped) == held(Reason.UNMAPPED_LOCATION)


def test_a_move_of_goods_already_handed_over_is_held():
    draft = draft_of(TWO)

    stopped = plan(AT_AIRPORT, records=[a_record(draft)], sales=[a_sale(draft, state=SaleState.CLOSED)])

    assert judged(stopped) == held(Reason.CANCELLED_AFTER_CLOSED)


def test_a_change_from_dispatch_to_pickup_is_a_move():
    draft = draft_of(TWO)
    collected = replace(TWO, delivery="CLICK-COLLECT")

    moving = plan(collected, records=[a_record(draft)], sales=[a_sale(draft)])

    assert (moving.reason, steps_by_kind(moving)) == (Reason.MOVING, ["Void"])


# -- an empty or older store


def test_an_empty_store_adopts_the_sale_that_stands_and_makes_none():
    draft = draft_of(TWO)

    assert plan(TWO, sales=[a_sale(draft)]) == OrderPlan(
        Outcome.SYNCED, Reason.STANDS, steps=(Adopt(a_part(), 0, 1, draft.sale_id, draft, ()),)
    )


def test_an_empty_store_adopts_what_was_handed_over():
    adopted = plan(TWO, sales=[a_sale(draft_of(TWO), state=SaleState.CLOSED)])

    assert (adopted.outcome, adopted.reason, steps_by_kind(adopted)) == (
        Outcome.SYNCED,
        Reason.HANDED_OVER,
        ["Adopt"],
    )


def test_a_sale_that_is_found_different_is_linked_and_held_and_never_changed():
    draft = draft_of(TWO)

    adopted = plan(THREE, sales=[a_sale(draft)])

    (step,) = adopted.steps
    assert judged(adopted) == held(Reason.ADOPTED_DIFFERENT)
    assert (type(step), step.sale) == (Adopt, draft.sale_id)
    assert adopted.detail == "; ".join(step.differs) != ""


def test_an_empty_store_adopts_one_part_and_makes_the_other():
    here, there = drafts_of(AT_BOTH)

    assert plan(AT_BOTH, sales=[a_sale(here)]).steps == (
        Adopt(a_part(), 0, 1, here.sale_id, here, ()),
        Create(a_part(at=AIRPORT), 1, 1, there),
    )


def test_an_older_store_follows_the_link_to_the_sale_that_stands():
    draft = draft_of(TWO)
    stale = a_record(draft, sale=SaleId("gone"))

    assert plan(TWO, records=[stale], sales=[a_sale(draft)]).steps == (Adopt(a_part(), 0, 1, draft.sale_id, draft, ()),)


def test_an_empty_store_adopts_a_later_generation_as_that_generation():
    first = draft_of(TWO)
    voided = a_sale(first, state=SaleState.VOIDED)
    (again,) = plan(TWO, records=[a_record(first, voided_by_us=True)], sales=[voided]).steps

    adopted = plan(TWO, sales=[voided, a_sale(again.draft)])

    assert adopted.steps == (Adopt(a_part(), 0, 2, again.draft.sale_id, again.draft, ()),)


def test_an_empty_store_adopts_a_moved_order_with_the_number_it_has():
    # The place of a part is not in its source id. Counted anew the moved part would be place 0 with the number 1001,
    # and the order's next part would get the number 1001-B a second time.
    here = draft_of(TWO)
    voided = a_sale(here, state=SaleState.VOIDED)
    (made,) = plan(AT_AIRPORT, records=[a_record(here, voided_by_us=True)], sales=[voided]).steps
    assert made.draft.invoice_number == "1001-B"

    adopted = plan(AT_AIRPORT, sales=[voided, a_sale(made.draft)])

    assert adopted.outcome is Outcome.SYNCED


# -- doubles


def doubles(*changes, order=TWO):
    """Standing sales of one part, made a minute apart."""
    draft = draft_of(order)
    return [
        a_sale(
            draft,
            **({"id": SaleId(f"sale-{place}"), "created_at": NOW + timedelta(minutes=place)} | dict(change)),
        )
        for place, change in enumerate(changes)
    ]


@pytest.mark.parametrize(
    ("sales", "winner"),
    [
        pytest.param(doubles({}, {}), "sale-0", id="the earliest"),
        pytest.param(doubles({}, {"created_at": NOW}), "sale-0", id="of one moment, the smallest id"),
        pytest.param(doubles({"created_at": None}, {}), "sale-1", id="one with a moment before one without"),
        pytest.param(doubles({}, {"state": SaleState.CLOSED}), "sale-1", id="the one that was handed over"),
        pytest.param(
            doubles({}, {"payments": (*a_sale().payments, CASH_PAYMENT)}),
            "sale-1",
            id="the one on which money was taken",
        ),
        pytest.param(
            doubles({}, {"lines": (a_sale_line(), a_sale_line(id="x"))}),
            "sale-1",
            id="the one to which a line was added",
        ),
    ],
)
def test_of_two_sales_of_one_part_every_observer_keeps_the_same_and_voids_the_other(sales, winner):
    draft = draft_of(TWO)
    stores = [[], *([a_record(draft, sale=sale.id)] for sale in sales), [a_record(draft, sale=None, draft=None)]]
    loser = next(sale.id for sale in sales if sale.id != winner)

    plans = [plan(TWO, records=records, sales=order) for records in stores for order in permutations(sales)]

    voided = {tuple(step.sale for step in one.steps if isinstance(step, Void)) for one in plans}
    kept = {step.sale for one in plans for step in one.steps if isinstance(step, Adopt)}
    assert (voided, kept) == ({(loser,)}, {winner})
    assert {type(step) for one in plans for step in one.steps} == {Void, Adopt}


def test_an_untouched_double_is_voided_with_the_draft_that_it_was_made_of():
    draft = draft_of(TWO)

    assert plan(TWO, records=[a_record(draft, sale=SaleId("sale-0"))], sales=doubles({}, {})) == OrderPlan(
        Outcome.WAITING,
        Reason.SENDING,
        steps=(Void(a_part(), 1, SaleId("sale-1"), draft, as_verified=False, why="a second sale of the same part"),),
    )


def test_two_sales_on_which_people_have_worked_are_held():
    sales = doubles({"state": SaleState.CLOSED}, {"payments": (CASH_PAYMENT, CASH_PAYMENT)})

    assert judged(plan(TWO, sales=sales)) == held(Reason.TWO_TOUCHED)


def test_a_double_that_is_voided_already_does_not_count():
    draft = draft_of(TWO)
    sales = doubles({}, {"state": SaleState.VOIDED})

    assert plan(TWO, records=[a_record(draft, sale=SaleId("sale-0"))], sales=sales) == STANDS


@pytest.mark.parametrize(
    ("order", "sales"),
    [
        # Two writes for one subject break the journal's "one open entry per subject": the run ends there, in every
        # run, and the orders behind this one are never decided.
        pytest.param(TWO, doubles({}, {}, {}), id="three sales of one part"),
        pytest.param(CANCELLED, doubles({}, {}), id="two sales of a cancelled order"),
        pytest.param(
            an_order(a_line(), a_fee("GIFT-WRAP")),
            [
                *doubles({}, order=TWO),
                a_sale(
                    draft_of(an_order(a_line(), a_fee("GIFT-WRAP"))),
                    id=SaleId("sale-1"),
                    created_at=NOW + timedelta(minutes=1),
                ),
            ],
            id="a double of an order that changed since",
        ),
    ],
)
def test_a_plan_writes_at_most_once_for_each_part(order, sales):
    record = a_record(draft_of(TWO), sale=SaleId("sale-0"))

    made = plan(order, records=[record], sales=sales)

    written = [step.part for step in made.steps if not isinstance(step, Adopt)]
    assert len(written) == len(set(written))
    assert made.outcome is not Outcome.SYNCED


def test_of_two_sales_of_a_cancelled_order_the_same_is_done_in_whatever_order_the_feed_shows_them():
    # DEFECT: the first one seen decides: a void when it is the linked one, a hold when it is the other.
    record = a_record(draft_of(TWO), sale=SaleId("sale-0"))

    first, second = (plan(CANCELLED, records=[record], sales=sales) for sales in permutations(doubles({}, {})))

    assert first == second


# -- what is always so

WORLDS = [
    pytest.param(order, states, id=f"{name}; sales {', '.join(states) or 'none'}")
    for name, order in {"stands": AT_BOTH, "changed": THREE, "moved": AT_AIRPORT, "cancelled": CANCELLED}.items()
    for states in [(), *((one,) for one in SaleState), *permutations(SaleState, 2)]
]


@pytest.mark.parametrize(("order", "states"), WORLDS)
def test_no_plan_makes_a_sale_of_a_part_that_has_one_and_no_held_plan_writes(order, states):
    drafts = drafts_of(AT_BOTH)
    sales = [a_sale(draft, state=state) for draft, state in zip(drafts, states, strict=False)]
    standing = {seen(sale).identity.part for sale in sales if sale.is_standing}
    full = [a_record(draft, place=place) for place, draft in enumerate(drafts[: len(states)])]

    for records in ([], full, [replace(record, voided_by_us=True) for record in full]):
        made = plan(order, records=records, sales=sales)

        creates = [step for step in made.steps if isinstance(step, Create)]
        assert [step for step in creates if step.part in standing] == []
        assert not (creates and any(isinstance(step, Void) for step in made.steps))
        if made.outcome is Outcome.HELD:
            assert [step for step in made.steps if isinstance(step, Create | Update)] == []
        if made.outcome is Outcome.IGNORED:
            assert made.steps == ()


def test_a_line_of_the_draft_is_the_line_of_the_order():
    assert draft_of(TWO).lines == (a_draft_line(),)
    assert draft_of(TWO).outlet == DOWNTOWN.outlet


# -- deleted in the ERP


def deleted(*sales):
    return plan_deleted([seen(sale) for sale in sales])


def test_an_order_deleted_before_a_sale_was_made_is_not_for_x_series():
    assert deleted() == OrderPlan(Outcome.IGNORED, Reason.DELETED)


@pytest.mark.parametrize("state", [SaleState.PENDING, SaleState.PARKED, SaleState.CLOSED])
def test_a_deleted_order_is_held_by_its_sale_and_nothing_is_sent(state):
    told = deleted(a_sale(draft_of(TWO), state=state))

    assert judged(told) == held(Reason.DELETED_IN_ERP)
    assert told.steps == ()
    assert told.detail == f"sale 1001 is {state}, 23.00"


def test_every_sale_of_a_deleted_order_is_named():
    here, there = drafts_of(AT_BOTH)

    assert deleted(a_sale(there), a_sale(here)).detail == "sale 1001 is pending, 23.00; sale 1001-B is pending, 34.50"


def test_a_deleted_order_whose_sale_somebody_voided_is_settled():
    assert deleted(a_sale(draft_of(TWO), state=SaleState.VOIDED)) == OrderPlan(Outcome.IGNORED, Reason.DELETED)


# -- numbered anew in the ERP


def test_a_sale_keeps_its_number_when_the_order_gets_another():
    draft = draft_of(TWO)

    assert plan(replace(TWO, number="2001"), records=[a_record(draft)], sales=[a_sale(draft)]) == STANDS


def test_an_edit_of_an_order_with_a_new_number_changes_the_sale_and_not_its_number():
    draft = draft_of(TWO)

    (step,) = plan(replace(THREE, number="2001"), records=[a_record(draft)], sales=[a_sale(draft)]).steps

    assert isinstance(step, Update)
    assert step.draft.invoice_number == "1001"


def test_the_sale_of_an_order_with_a_new_number_is_found_again_by_an_empty_store():
    draft = draft_of(TWO)

    (step,) = plan(replace(TWO, number="2001"), sales=[a_sale(draft)]).steps

    assert isinstance(step, Adopt)
    assert step.differs == ()


# -- an outlet that is closed

SHUT = replace(DOWNTOWN, closed='the outlet "Downtown" is not active in X-Series')
CLOSED = the_rules(routes={route.location: route for route in (SHUT, AIRPORT)})
WAITS = (Outcome.WAITING, Reason.OUTLET_CLOSED, 'the outlet "Downtown" is not active in X-Series')


def waits(plan_):
    return plan_.outcome, plan_.reason, plan_.detail


@pytest.mark.parametrize("order", [pytest.param(TWO, id="of it alone"), pytest.param(AT_BOTH, id="of it and another")])
def test_an_order_of_a_closed_outlet_waits_whole(order):
    planned = plan(order, rules=CLOSED)

    assert (waits(planned), planned.steps) == (WAITS, ())


def test_an_order_of_another_outlet_does_not_wait_for_the_closed_one():
    assert steps_by_kind(plan(AT_AIRPORT, rules=CLOSED)) == ["Create"]


def test_a_sale_at_a_closed_outlet_stands():
    draft = draft_of(TWO)

    assert plan(TWO, records=[a_record(draft)], sales=[a_sale(draft)], rules=CLOSED) == STANDS


def test_an_edit_waits_until_the_outlet_is_open_again():
    draft = draft_of(TWO)

    planned = plan(THREE, records=[a_record(draft)], sales=[a_sale(draft)], rules=CLOSED)

    assert (waits(planned), planned.steps) == (WAITS, ())


def test_an_order_that_moves_to_a_closed_outlet_keeps_its_old_sale_meanwhile():
    draft = draft_of(AT_AIRPORT)

    planned = plan(TWO, records=[a_record(draft)], sales=[a_sale(draft)], rules=CLOSED)

    assert (waits(planned), planned.steps) == (WAITS, ())


@pytest.mark.parametrize("order", [pytest.param(CANCELLED, id="cancelled"), pytest.param(AT_AIRPORT, id="moved away")])
def test_what_a_closed_outlet_shall_no_longer_hand_over_is_voided_there(order):
    draft = draft_of(TWO)

    planned = plan(order, records=[a_record(draft)], sales=[a_sale(draft)], rules=CLOSED)

    assert steps_by_kind(planned) == ["Void"]
