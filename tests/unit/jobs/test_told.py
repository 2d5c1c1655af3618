"""`syncd explain order` tells the whole story: what the ERP said, what was decided, sent and answered, what is next."""

from datetime import timedelta
from decimal import Decimal

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId, Sku
from syncd.domain.orders import LineKind, UnreadableOrder
from syncd.domain.reasons import WORDS, Outcome, Reason
from syncd.domain.rules import Debt, Unpaid
from syncd.errors import NotSent, Refused, Unanswered
from syncd.jobs.given import Mode
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import CAP, MUG, THERE, a_line, an_order
from tests.unit.jobs.told import as_json, explained, story_of
from tests.unit.jobs.world import WIDGET, World

ONE = OrderId("1")


def test_an_order_that_stands_is_told_from_its_first_reading_to_its_sale(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    story = story_of(world)

    assert (story["outcome"], story["reason"]) == (Outcome.SYNCED, Reason.STANDS)
    assert (story["erp"]["reading"], story["erp"]["revisions"]) == (1, [])
    assert {one["setting"] for one in story["decided"]} >= {
        "orders.start",
        "locations.DOWNTOWN",
        "orders.payments.paid",
    }
    assert (story["money"]["total"], story["money"]["left"]) == (Decimal("23.00"), 0)
    [entry] = story["journal"]
    assert (entry["do"], entry["state"], entry["tries"]) == ("create_sale", "done", [])
    assert entry["decided_at"] <= entry["sent_at"] <= entry["answered_at"] <= entry["settled_at"]
    [part] = story["parts"]
    assert (part["state"], part["invoice_number"], part["paid"]) == ("pending", "SO1", Decimal("23.00"))
    assert story["hand_over"] == [{"line": "1", "sku": "MUG", "ordered": 2, "handed_over": 0, "shipped": 0}]
    assert story["would"] == []


def test_what_the_erp_said_later_is_told_with_its_time(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.clock.advance(timedelta(hours=1))
    world.erp.edit(ONE, a_line(MUG, 3), a_line(CAP, 1, line="2"))
    world.settle()
    world.erp.edit(ONE, a_line(MUG, 3))
    world.settle()

    revisions = story_of(world)["erp"]["revisions"]

    assert [(one["reading"], one["changes"]) for one in revisions] == [
        (2, ("MUG: quantity 2 -> 3", "1 x CAP added (leaves from DOWNTOWN)", "total 23.00 -> 46.00")),
        (3, ("1 x CAP taken away (leaves from DOWNTOWN)", "total 46.00 -> 34.50")),
    ]
    assert revisions[0]["read_at"] >= revisions[0]["changed_at"]
    assert "MUG: quantity 2 -> 3" in explained(world)


def test_a_renumbered_order_is_found_by_the_number_on_its_sale_and_says_its_old_one(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.erp.edit(ONE, number="SO9")
    world.settle()

    assert story_of(world, "SO1") == story_of(world, "SO9")
    assert (story_of(world)["number"], story_of(world)["former_numbers"]) == ("SO9", ["SO1"])
    assert explained(world, "SO1").startswith("order SO9 (WEB-SO1), once SO1: synced, stands")


def test_the_same_reading_again_is_no_revision(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.erp.edit(ONE, a_line())
    world.settle()

    assert story_of(world)["erp"]["revisions"] == []


def test_every_attempt_is_told_with_its_time_and_answer(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("connection refused"))
    world.sync_orders()
    world.clock.advance(timedelta(minutes=1))
    world.retail.fail("create_sale", Unanswered("cut in the middle"))
    world.settle()

    [entry] = story_of(world)["journal"]

    assert [one["said"] for one in entry["tries"]] == [
        "connection refused",
        "cut in the middle",
        "looked up by every route twice: it did not happen",
    ]
    sent = [one["sent_at"] for one in entry["tries"] if one["sent_at"]] + [entry["sent_at"]]
    assert sent == sorted(set(sent))
    assert (entry["attempts"], entry["state"]) == (len(sent), "done")


def test_what_a_look_up_found_is_told(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"), effect=Effect.DONE)
    world.settle()

    [entry] = story_of(world)["journal"]

    assert [one["said"] for one in entry["tries"]] == ["cut"]
    assert entry["answer"] == "found by look-up"
    assert "answered: found by look-up" in explained(world)


def test_the_answer_says_what_it_showed(world: World) -> None:
    world.retail.echoes = True
    world.erp.place(an_order("SO1"))
    world.settle()

    [entry] = story_of(world)["journal"]

    assert entry["answer"] == "the sale SO1: pending, 1 line, 23.00"


def test_what_nobody_knows_yet_is_said_as_such(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Unanswered("cut"))
    world.sync_orders()

    story = story_of(world)

    assert [sale["status"] for sale in story["money"]["sales"]] == ["on its way"]
    assert story["happens_next"][0].startswith("Nobody knows yet whether it arrived.")
    assert "SO1 at Downtown: nobody knows yet whether it is there" in explained(world)


def test_a_held_order_names_its_line_and_the_command_that_helps(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(), a_line(WIDGET, 1, line="2")))
    world.settle()

    story = story_of(world)

    assert [line["sku"] for line in story["erp"]["lines"] if line["is_the_problem"]] == [WIDGET]
    assert story["next"] == WORDS[Reason.UNKNOWN_SKU][1]
    assert story["money"]["sales"] == []
    assert "<- this line" in explained(world)


def test_a_refusal_is_told_with_the_answer_and_what_a_person_said_about_it(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Refused("422", status=422, body="line_items must not be empty"))
    world.sync_orders()
    hold = world.holds()[0].id
    assert f"then `syncd holds retry {hold}`" in story_of(world)["next"]

    world.say(Verb.RETRY, why="tax mended")

    assert story_of(world)["happens_next"] == ["The next run takes up what was decided: retry by ada: tax mended."]
    world.settle()
    [closed] = story_of(world)["holds"]
    assert closed["closed_because"] == "retry by ada: tax mended"
    text = explained(world)
    assert "line_items must not be empty" in text
    assert "(retry by ada: tax mended)" in text


def test_the_money_of_two_sales_is_told_line_by_line(world: World) -> None:
    world.use_names(discount_sku=CAP)
    off = a_line(Sku("OFF"), 1, line="3", price="-2.00", location=None, kind=LineKind.SERVICE)
    world.erp.place(an_order("SO1", a_line(MUG, 3, price="3.3333"), a_line(MUG, 1, line="2", location=THERE), off))
    world.settle()

    money = story_of(world)["money"]

    assert sum(sale["total"] for sale in money["sales"]) == money["total"] == money["of_the_order"]
    assert sum(line["net"] for line in money["lines"] if line["line"] == "3") == Decimal("-2.00")
    assert "it adds up to the cent" in explained(world)


def test_a_move_tells_both_sales(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.erp.move(ONE, THERE)
    world.settle()

    story = story_of(world)

    assert [(part["outlet"], part["state"]) for part in story["parts"]] == [
        ("Downtown", "voided"),
        ("Airport", "pending"),
    ]
    assert [sale["invoice_number"] for sale in story["money"]["sales"]] == ["SO1-B"]
    assert "SO1 at Downtown: voided" in explained(world)


def test_a_hand_over_is_told_on_both_sides(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing()[0].id)
    world.settle()
    world.sync_orders()

    story = story_of(world)

    assert story["hand_over"] == [{"line": "1", "sku": "MUG", "ordered": 2, "handed_over": 2, "shipped": 2}]
    assert [entry["do"] for entry in story["journal"]] == ["create_sale", "complete_shipment"]


def test_in_shadow_mode_it_is_told_what_would_be_done(world: World) -> None:
    world.use(orders_mode=Mode.SHADOW)
    world.erp.place(an_order("SO1"))
    world.sync_orders()

    story = story_of(world)

    assert story["would"] == ["create SO1 for pickup: 1 line, 23.00"]
    assert [sale["status"] for sale in story["money"]["sales"]] == ["planned"]
    assert "It would create SO1 for pickup: 1 line, 23.00." in explained(world)


def test_an_ignored_order_says_which_rule_and_nothing_that_does_not_matter(world: World) -> None:
    world.erp.place(an_order("SO1", at=world.clock.now() - timedelta(days=9)))
    world.settle()

    story = story_of(world)

    assert (story["outcome"], story["reason"]) == (Outcome.IGNORED, Reason.BEFORE_START)
    assert [one["setting"] for one in story["decided"]] == ["orders.start", "orders.states"]
    assert story["money"]["sales"] == []


def test_an_order_that_cannot_be_understood_is_told_without_its_lines(world: World) -> None:
    world.erp.unreadable[ONE] = UnreadableOrder(ONE, "SO1", world.clock.now(), "{}", "quantity is NaN")
    world.settle()

    story = as_json(world)

    assert (story["erp"]["problem"], story["money"], story["erp"]["lines"]) == ("quantity is NaN", None, [])
    assert "it cannot be understood: quantity is NaN" in explained(world)


def test_nobody_is_named(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    text = explained(world) + str(as_json(world))

    assert "Ada" not in text
    assert "Quay Street" not in text


def test_it_is_told_alike_by_programs_and_people(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    story, text = as_json(world), explained(world)

    assert all(one["what"] in text and one["setting"] in text for one in story["decided"])
    assert all(line in text for line in story["happens_next"])
    assert story["parts"][0]["sale"] in text


def test_a_customer_who_is_made_first_is_told_before_the_sale(world: World) -> None:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_customer", Unanswered("cut"))
    world.sync_orders()
    on_its_way = explained(world)
    world.settle()

    story, said = story_of(world), explained(world)

    assert "make its customer in X-Series" in on_its_way
    assert [entry["do"] for entry in story["journal"]] == ["create_customer", "create_sale"]
    assert "orders.customers" in {one["setting"] for one in story["decided"]}
    assert [word for word in ("Ada", "ada@example.test") if word in on_its_way + said] == []


def test_what_the_next_run_would_do_for_a_stranger_is_told(world: World) -> None:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    world.use(orders_mode=Mode.SHADOW)
    world.erp.place(an_order("SO1"))
    world.sync_orders()

    assert story_of(world)["would"][0] == "make its customer in X-Series"


def test_what_was_received_and_what_is_owed_on_account_is_told(world: World) -> None:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP)
    world.erp.place(an_order("SO1", paid=False, paid_amount=Decimal("10.00")))
    world.settle()
    world.erp.edit(ONE, paid_amount=Decimal("12.50"))
    world.settle()

    story, said = story_of(world), explained(world)

    assert (story["erp"]["received"], story["parts"][0]["on_account"]) == (Decimal("12.50"), True)
    assert "23.00 NZD, 12.50 received" in said
    assert "12.50 paid, on its customer's account" in said
    assert [one["changes"] for one in story["erp"]["revisions"]] == [("received 10.00 -> 12.50",)]


def test_an_order_of_long_ago_says_that_it_no_longer_knows_whose_it_was(world: World) -> None:
    world.use(retention=timedelta(days=30))
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.settle()
    world.clock.advance(timedelta(days=31))
    world.settle()

    said = explained(world)

    assert story_of(world)["erp"]["is_forgotten"]
    assert "whose it was is forgotten" in said
    assert "handed over" in said
