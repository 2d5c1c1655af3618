"""Wherever an order stands, it is said what becomes of it."""

import pytest

from syncd.domain.ids import HoldId
from syncd.domain.journal import OPEN, EntryState
from syncd.domain.next_steps import looked_at_again, what_happens_next, with_hold
from syncd.domain.reasons import HELD_BY_SENDING, WORDS, Outcome, Reason, next_step


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_happens_next(reason: Reason) -> None:
    outcome = Outcome.HELD if next_step(reason) else Outcome.IGNORED

    assert all(what_happens_next(outcome, reason))
    assert looked_at_again(reason, outcome)


@pytest.mark.parametrize("state", OPEN)
def test_what_is_under_way_comes_first(state: EntryState) -> None:
    told = what_happens_next(Outcome.WAITING, Reason.SENDING, under_way=[state, state])

    assert len(told) == 1
    assert next_step(Reason.SENDING) not in told


def test_what_a_person_decided_is_told_until_a_run_hears_it() -> None:
    told = what_happens_next(Outcome.HELD, Reason.REFUSED, decided=["retry by ada: mended"])

    assert told == ["The next run takes up what was decided: retry by ada: mended."]


@pytest.mark.parametrize("reason", sorted(HELD_BY_SENDING))
def test_what_was_sent_is_never_said_to_be_sent_again_whatever_changes(reason: Reason) -> None:
    assert "only when" in looked_at_again(reason, Outcome.HELD)


@pytest.mark.parametrize("reason", [Reason.CONFLICT, Reason.EMPTY_SALE_FOUND])
def test_other_settings_send_nothing_that_may_have_happened(reason: Reason) -> None:
    assert "settings" not in looked_at_again(reason, Outcome.HELD)


def test_a_command_is_ready_to_be_typed() -> None:
    words = with_hold(WORDS[Reason.INVOICE_TAKEN][1], HoldId(7))

    assert "`syncd holds adopt 7 SALE`" in words
    assert "`syncd holds drop 7`" in words
    assert with_hold(words, None) == words
