"""Why may an order be held? Only for what somebody, or a mishap, did to it: a hold without a cause is a way to hide."""

from collections.abc import Mapping, Set

# Reason -> what must have happened to the order for it to be true, any one of these.
CAUSES: Mapping[str, frozenset[str]] = {
    "unpaid": frozenset({"unpaid"}),
    "unknown_sku": frozenset({"unknown_sku"}),
    "shipped_in_part": frozenset({"shipped"}),
    "sale_differs": frozenset({"till_edited", "till_paid"}),  # before it was verified
    # A store that forgot what we ourselves did cannot tell it from somebody's work: an update that the order has
    # overtaken since, a void of a move or of a cancellation.
    "edited_at_till": frozenset({"till_edited", "till_paid", "lost_late", "store_older"}),
    "paid_by_others": frozenset({"till_edited", "till_paid", "store_older"}),
    "voided_by_hand": frozenset({"till_voided", "store_older", "store_emptied"}),
    "changed_after_closed": frozenset({"closed"}),
    "paid_after_closed": frozenset({"closed"}),
    "cancelled_after_closed": frozenset({"closed"}),
    "two_touched": frozenset({"lost_late"}),
    # What a till changed before it was verified (`sale_differs`) is this as soon as the order asks for something else.
    "adopted_different": frozenset({"store_older", "store_emptied", "till_edited", "till_paid"}),
    "refused": frozenset({"refused"}),
    "conflict": frozenset({"refused", "conflict"}),
    "moved_not_created": frozenset({"refused"}),
    "completion_refused": frozenset({"refused", "conflict"}),
    "completion_differs": frozenset({"closed"}),
    "more_handed_over": frozenset({"closed"}),  # and the order asks for less since, or the till sold more
    "collected_but_cancelled": frozenset({"closed"}),
}

# A second sale of a part goes on standing when X-Series refuses to void it, or people have worked on both: then the
# order must be held for just that, until somebody has seen to it.
MAY_STAND_TWICE = frozenset({"two_touched", "refused", "conflict"})


def is_caused(reason: str, happened: Set[str]) -> bool:
    """Whether something happened to the order that this reason can be the name of."""
    return bool(CAUSES.get(reason, frozenset()) & happened)
