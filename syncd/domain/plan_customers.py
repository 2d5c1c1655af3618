"""Whose a sale will be: a customer of X-Series, one that is made first, or nobody. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.compose import PartContent
from syncd.domain.customers import (
    CustomerDraft,
    CustomerId,
    CustomerKey,
    CustomerMode,
    Matches,
    key_of,
    new_customer,
    shipping_address,
)
from syncd.domain.orders import Method, Order
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A customer who is made in X-Series first; the sales are decided when they are seen there."""

    key: CustomerKey
    draft: CustomerDraft


def for_customer(content: PartContent, order: Order, customer: CustomerId | None, rules: OrderRules) -> PartContent:
    """The part as this customer's; a dispatch goes to an address of theirs where such things are made."""
    names_address = customer is not None and rules.customers is CustomerMode.MATCH_OR_CREATE
    is_sent = names_address and content.part.method is Method.DISPATCH
    return replace(content, customer=customer, ship_to=shipping_address(order.address) if is_sent else None)


def may_ask_for_its_customer(order: Order, rules: OrderRules) -> bool:
    """True when a sale for this order, were it made now, would ask whose it is. None is made for goods taken back."""
    is_asked = rules.customers is not CustomerMode.NONE and key_of(order.customer) is not None and not order.is_return
    return is_asked and order.state in rules.states and order.confirmed_at >= rules.start and not order.undecided


def newcomer(order: Order, matches: Matches, rules: OrderRules, *, owes: bool) -> Newcomer | None:
    """Who has to be made before a sale is; None when it can be made, for the one whom X-Series has or for nobody.

    Raise CannotSell when X-Series has several whom it could be: nothing says which. And when nobody is there to owe
    what is sold on account (`owes`), or only somebody else of the same household: an e-mail may be shared, a debt not.
    """
    key = key_of(order.customer)
    if owes and matches.is_another_party:
        detail = "the one who has its e-mail is another customer of the ERP, and would owe for it"
        raise CannotSell(Reason.CUSTOMER_AMBIGUOUS, detail)
    if matches.the_one is not None:
        return None
    if matches.candidates:
        by = "code" if matches.by_code else "e-mail"
        raise CannotSell(Reason.CUSTOMER_AMBIGUOUS, f"{len(matches.candidates)} have its {by}")
    if key is not None and rules.customers is CustomerMode.MATCH_OR_CREATE:
        return Newcomer(key, new_customer(order.customer))
    if owes:
        raise CannotSell(Reason.NO_CUSTOMER, "a guest" if key is None else "X-Series has no such customer")
    return None
