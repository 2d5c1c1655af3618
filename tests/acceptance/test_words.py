"""What programs read: JSON with stable keys on stdout, the log on stderr, nothing mixed."""

from __future__ import annotations

from tests.acceptance.shop import FakeErpShop


def test_json_has_stable_keys_and_people_get_the_same_in_words(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.order("S2", sku="SKU-00050")

    synced = shop.sync("--json")
    status, holds, runs = (shop.run(word, "--json") for word in ("status", "holds", "runs"))
    explained = shop.run("explain", "order", "S2", "--json")

    assert synced.code == 3
    assert synced.json["orders"].keys() == {"run", "outcome", "message", "held_new", "counts"}
    assert status.json.keys() == {
        *("account", "orders", "journal", "holds", "causes", "returns", "shadow", "jobs", "rate_budget"),
    }
    assert status.json["orders"].keys() == {
        *("total", "synced", "waiting", "held", "ignored"),
        *("by_reason", "all"),
    }
    assert [hold.keys() for hold in holds.json] == [
        {
            *("id", "subject", "order", "number", "reason", "meaning", "cause", "detail", "line", "next"),
            *("looked_at_again", "opened_at", "closed_at", "closed_because", "decided"),
        }
    ]
    assert [run.keys() for run in runs.json] == [
        {"id", "job", "mode", "started_at", "ended_at", "outcome", "counts", "message"}
    ]
    (story,) = explained.json
    assert story.keys() == {
        *("order", "number", "former_numbers", "reference", "outcome", "reason", "meaning", "detail", "next"),
        *("happens_next", "would", "erp", "decided", "money", "parts", "journal", "hand_over", "returns", "holds"),
    }
    assert story["erp"].keys() == {
        *("state", "confirmed_at", "changed_at", "first_read_at", "read_at", "reading", "customer", "paid", "total"),
        *("currency", "problem", "lines", "revisions", "is_gone", "is_forgotten", "received"),
    }
    assert (story["outcome"], story["reason"]) == ("held", "unknown_sku")
    assert [line["sku"] for line in story["erp"]["lines"] if line["is_the_problem"]] == ["SKU-00050"]
    assert story["next"]

    in_words = {word: shop.run(*word.split()).said for word in ("status", "holds", "explain order S2")}
    assert "acme: 2 orders, each in exactly one state" in in_words["status"]
    assert "1 wait for a person" in in_words["status"]
    assert "Add the product to X-Series" in in_words["holds"]
    assert "SKU-00050" in in_words["holds"]
    assert "order S2: held, unknown_sku" in in_words["explain order S2"]
    assert "<- this line" in in_words["explain order S2"]


def test_an_order_that_nobody_knows_is_told_with_the_next_step(shop: FakeErpShop) -> None:
    explained = shop.run("explain", "order", "NOBODY")
    synced = shop.sync("--order", "NOBODY")

    assert (explained.code, synced.code) == (2, 2)
    assert "syncd sync orders --order NOBODY" in explained.err
    assert "the ERP has no order NOBODY" in synced.err


def test_settings_are_shown_without_their_secrets(shop: FakeErpShop) -> None:
    shown = shop.run("config", "show")

    assert shown.code == 0, shown
    assert shown.json["erp"]["password"] == shown.json["lightspeed"]["token"] == "********"
    assert shown.json["orders"]["overlap"]


def test_a_hold_is_shown_with_its_line_its_cause_and_who_decided(shop: FakeErpShop) -> None:
    shop.order("S1", sku="SKU-00050")
    shop.order("S2", sku="SKU-00050")
    synced = shop.sync()
    assert synced.code == 3

    shown, (cause,) = shop.run("holds", "show", "1"), shop.status()["causes"]
    said = shop.run("holds", "retry", "1", "--as", "ada", "--because", "the product is there now")
    again = shop.run("holds", "retry", "1")

    assert synced.err.count("event=held") == 1
    assert "level=error" in next(line for line in synced.err.splitlines() if "event=held" in line)
    assert "line: 2 x SKU-00050, 20.00 net, leaves from DOWNTOWN" in shown.said
    assert "also: 1 more for the same cause: S2" in shown.said
    assert "next: Add the product to X-Series" in shown.said
    assert (cause["reason"], cause["cause"], cause["orders"]) == ("unknown_sku", "SKU-00050", ["S1", "S2"])
    assert said.out == "hold 1 (unknown_sku): retry by ada: the product is there now; the next run takes it up.\n"
    assert (again.code, "waits for the next run with the decision" in again.err) == (2, True)
    assert [one["decided"] for one in shop.run("holds", "--json").json] == [
        "retry by ada: the product is there now",
        "",
    ]


def test_a_refusal_is_shown_with_what_was_sent(shop: FakeErpShop) -> None:
    shop.order("S1")
    shop.strike("status", status=422)
    shop.sync()

    (hold,) = shop.run("holds", "--json").json
    shown = shop.run("holds", "show", str(hold["id"]))
    payload = shop.run("holds", "show", str(hold["id"]), "--json").json["payload"]

    assert hold["reason"] == "refused"
    assert "what was sent: create sale S1, pickup" in shown.said
    assert payload["command"]["draft"]["invoice_number"] == "S1"
    assert f"`syncd holds retry {hold['id']}`" in shown.said
