import pytest

from syncd.domain.notes import is_told, note_after

OLD, NEW = "PO-7 · Aroha · 1 Queen St", "PO-7 · Aroha · 9 Kings Rd"


@pytest.mark.parametrize(
    ("there", "before", "now", "after"),
    [
        pytest.param(OLD, OLD, NEW, NEW, id="ours alone"),
        pytest.param(f"{OLD} · call first", OLD, NEW, f"{NEW} · call first", id="people wrote behind it"),
        pytest.param(f"fragile! {OLD}", OLD, NEW, f"fragile! {NEW}", id="people wrote before it"),
        pytest.param(OLD.replace(" · ", "  ·\n"), OLD, NEW, NEW, id="shown with other spaces"),
        pytest.param("call first", OLD, NEW, f"{NEW} · call first", id="people took ours away"),
        pytest.param("call first", OLD, OLD, "call first", id="nothing new to say: theirs stays as it is"),
        pytest.param("", OLD, OLD, OLD, id="nothing is there"),
        pytest.param("", OLD, NEW, NEW, id="nothing is there, and something new to say"),
        pytest.param(NEW, OLD, NEW, NEW, id="said already"),
        pytest.param("call first", "", NEW, f"{NEW} · call first", id="ours said nothing before"),
        pytest.param(f"{OLD} NZ", f"{OLD} NZ", OLD, OLD, id="less is to be said"),
        pytest.param("ref **** · Aroha", "ref 4111 1111 1111 1111 · Aroha", NEW, NEW, id="blotted out like a card"),
    ],
)
def test_our_words_in_a_note_follow_the_order_and_the_words_of_others_stay(there, before, now, after):
    assert note_after(there, before, now) == after


@pytest.mark.parametrize(
    ("there", "now", "told"),
    [
        pytest.param(NEW, NEW, True, id="the new words"),
        pytest.param(OLD, NEW, False, id="the old words"),
        pytest.param("", NEW, False, id="no words"),
        pytest.param(f"{NEW} · call first", NEW, True, id="the new words beside others"),
        pytest.param(f"{NEW} · {OLD}", NEW, False, id="the old words beside the new"),
        pytest.param(OLD, OLD.removesuffix(" St"), False, id="more than is to be said"),
        pytest.param(f"{OLD} NZ", f"{OLD} NZ", True, id="the old words with more behind them"),
    ],
)
def test_a_note_tells_what_is_new_only_when_it_no_longer_says_what_was(there, now, told):
    assert is_told(OLD, now, there) is told


def test_a_number_that_is_blotted_out_like_a_cards_is_no_difference():
    assert is_told(OLD, "ref 4111-1111-1111-1111 · Aroha", "ref XXXX-1111 · Aroha")
