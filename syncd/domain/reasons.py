"""Why an order is where it is: one code, one sentence, one next step each. Codes are stable; people script on them."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Where an order stands. Every order is in exactly one of these."""

    SYNCED = "synced"  #: X-Series shows what the ERP says
    WAITING = "waiting"  #: the next run goes on by itself
    HELD = "held"  #: a person has to look
    IGNORED = "ignored"  #: a rule says that it is not for X-Series


class Reason(StrEnum):
    # synced
    STANDS = "stands"
    HANDED_OVER = "handed_over"
    VOIDED = "voided"
    RETURNED = "returned"
    # waiting
    NEW = "new"
    SENDING = "sending"
    MOVING = "moving"
    CUSTOMER_COMING = "customer_coming"
    RETURNING = "returning"
    ERP_UNDECIDED = "erp_undecided"
    OUTLET_CLOSED = "outlet_closed"
    SHADOW = "shadow"
    NO_CATALOGUE = "no_catalogue"
    # ignored
    STATE_NOT_LISTED = "state_not_listed"
    CANCELLED = "cancelled"
    BEFORE_START = "before_start"
    IGNORED_BY_RULE = "ignored_by_rule"
    DONE_BEFORE_START = "done_before_start"
    NOTHING_TO_HAND_OVER = "nothing_to_hand_over"
    RETURN_IGNORED = "return_ignored"
    DROPPED = "dropped"
    DELETED = "deleted"
    # held: the order
    UNREADABLE = "unreadable"
    UNKNOWN_SKU = "unknown_sku"
    AMBIGUOUS_SKU = "ambiguous_sku"
    INACTIVE_PRODUCT = "inactive_product"
    UNMAPPED_LOCATION = "unmapped_location"
    UNKNOWN_DELIVERY = "unknown_delivery"
    TAX_UNMAPPED = "tax_unmapped"
    BAD_QUANTITY = "bad_quantity"
    BAD_PRICE = "bad_price"
    FOREIGN_CURRENCY = "foreign_currency"
    TOTAL_DIFFERS = "total_differs"
    NO_DISCOUNT_PRODUCT = "no_discount_product"
    NO_SHIPPING_PRODUCT = "no_shipping_product"
    UNPAID = "unpaid"
    OVERPAID = "overpaid"
    NO_PAYMENT_TYPE = "no_payment_type"
    CUSTOMER_AMBIGUOUS = "customer_ambiguous"
    NO_CUSTOMER = "no_customer"
    SHIPPED_IN_PART = "shipped_in_part"
    RETURN_IN_ERP = "return_in_erp"
    RETURN_WITHOUT_SALE = "return_without_sale"
    RETURN_DIFFERS = "return_differs"
    RETURNED_ALREADY = "returned_already"
    MAP_CHANGED = "map_changed"
    # held: the sale
    EDITED_AT_TILL = "edited_at_till"
    VOIDED_BY_HAND = "voided_by_hand"
    NOT_SEEN = "not_seen"
    CHANGED_AFTER_CLOSED = "changed_after_closed"
    PAID_AFTER_CLOSED = "paid_after_closed"
    CANCELLED_AFTER_CLOSED = "cancelled_after_closed"
    PAID_BY_OTHERS = "paid_by_others"
    TWO_TOUCHED = "two_touched"
    ADOPTED_DIFFERENT = "adopted_different"
    INVOICE_TAKEN = "invoice_taken"
    MADE_BY_OTHERS = "made_by_others"
    SALE_WITHOUT_ORDER = "sale_without_order"
    DELETED_IN_ERP = "deleted_in_erp"
    # held: what was sent
    REFUSED = "refused"
    CUSTOMER_REFUSED = "customer_refused"
    CUSTOMER_NOT_KEPT = "customer_not_kept"
    CONFLICT = "conflict"
    EMPTY_SALE = "empty_sale"
    EMPTY_SALE_FOUND = "empty_sale_found"
    SALE_DIFFERS = "sale_differs"
    SOURCE_NOT_KEPT = "source_not_kept"
    MOVED_NOT_CREATED = "moved_not_created"
    COMPLETION_REFUSED = "completion_refused"
    COMPLETION_DIFFERS = "completion_differs"
    COLLECTED_BUT_CANCELLED = "collected_but_cancelled"
    NO_STOCK = "no_stock"
    SHIPPED_OTHERWISE = "shipped_otherwise"
    MORE_HANDED_OVER = "more_handed_over"
    CLOSED_WITHOUT_HAND_OVER = "closed_without_hand_over"
    FULFIL_REFUSED = "fulfil_refused"
    SALE_UNPAID = "sale_unpaid"
    RETURNED_AT_TILL = "returned_at_till"
    BRAKE = "brake"
    GONE_AT_ONCE = "gone_at_once"
    # held: stock
    LOCATION_VANISHED = "location_vanished"
    STOCK_SIDE_EMPTY = "stock_side_empty"
    STOCK_BRAKE = "stock_brake"
    CORRECTION_REFUSED = "correction_refused"
    CORRECTION_NOT_KEPT = "correction_not_kept"


#: code -> (what it means, what to do next)
WORDS: dict[Reason, tuple[str, str]] = {
    Reason.STANDS: ("A sale stands for every part of the order.", ""),
    Reason.HANDED_OVER: ("The goods were handed over.", ""),
    Reason.VOIDED: ("The order was cancelled and its sale is voided.", ""),
    Reason.RETURNED: ("The goods that the ERP takes back are returned in X-Series.", ""),
    Reason.NEW: ("The order was read and will be planned by the next run.", ""),
    Reason.SENDING: ("A change of the sale is on its way.", "The next run looks whether it arrived."),
    Reason.MOVING: ("The old sale is voided before the new one is made.", "The next run makes the new sale."),
    Reason.CUSTOMER_COMING: (
        "Its customer is made in X-Series before the sale.",
        "The next run makes the sale.",
    ),
    Reason.RETURNING: ("The return of the goods is on its way.", "The next run goes on with it."),
    Reason.ERP_UNDECIDED: (
        "The order is in a person's hands in the ERP: back in draft, or a cancelled shipment is not decided about.",
        "Decide it in the ERP.",
    ),
    Reason.OUTLET_CLOSED: (
        "Its outlet or register is closed.",
        "It goes on by itself when both are active again; or map the location to another outlet.",
    ),
    Reason.SHADOW: ("Shadow mode: planned, not sent.", "Set `orders.mode: live` to send it."),
    Reason.NO_CATALOGUE: (
        "Products and outlets of X-Series have not been read yet.",
        "Run `syncd sync catalogue`.",
    ),
    Reason.STATE_NOT_LISTED: ("Its state is not in `orders.states`.", ""),
    Reason.CANCELLED: ("It was cancelled before a sale was made.", ""),
    Reason.BEFORE_START: ("It was confirmed before `orders.start`.", ""),
    Reason.IGNORED_BY_RULE: ("A rule of the config says that it is not for X-Series.", ""),
    Reason.DONE_BEFORE_START: ("The ERP had shipped it before syncd saw it.", ""),
    Reason.NOTHING_TO_HAND_OVER: ("It has no goods that an outlet could hand over.", ""),
    Reason.RETURN_IGNORED: ("It takes goods of another order back, and `orders.returns` is `ignore`.", ""),
    Reason.DROPPED: ("A person dropped it.", "`syncd holds retry` takes it up again."),
    Reason.DELETED: ("The ERP does not have it any more, and no sale stands for it.", ""),
    Reason.UNREADABLE: ("The ERP's record makes no sense.", "Mend the order in the ERP; it is read again by itself."),
    Reason.UNKNOWN_SKU: (
        "X-Series has no product with this SKU.",
        "Add the product to X-Series, or an alias under `orders.skus`; for a service, `orders.products.fee`.",
    ),
    Reason.AMBIGUOUS_SKU: (
        "Several products of X-Series carry this SKU, as `orders.products.match` compares them.",
        "Leave it on one of them, or name another SKU under `orders.skus`.",
    ),
    Reason.INACTIVE_PRODUCT: ("The product is deleted or inactive in X-Series.", "Activate it in X-Series."),
    Reason.UNMAPPED_LOCATION: (
        "The goods leave from a location that is mapped to no outlet.",
        "Add it under `locations`, name an `orders.routing.default`, or ship the order from another location.",
    ),
    Reason.UNKNOWN_DELIVERY: (
        "Nothing says whether the order is picked up or dispatched.",
        "Add its delivery code under `orders.delivery`, or set `orders.delivery.default`.",
    ),
    Reason.TAX_UNMAPPED: (
        "A tax of the order has no counterpart.",
        "Add it under `orders.taxes`, its rate under `orders.tax_rates`, or give the location a `tax` of its own.",
    ),
    Reason.BAD_QUANTITY: (
        "A quantity is zero, negative, no number, or finer than the 5 digits of X-Series.",
        "Mend the line in the ERP.",
    ),
    Reason.BAD_PRICE: (
        "A price cannot be shown exactly in X-Series.",
        "Mend the line in the ERP; a few cents are carried by `orders.products.rounding` within `orders.tolerance`.",
    ),
    Reason.FOREIGN_CURRENCY: ("The order is not in the outlet's currency.", "Handle it by hand."),
    Reason.TOTAL_DIFFERS: (
        "The lines and taxes do not sum to the order's total.",
        "Look at the order in the ERP; a few cents are allowed by `orders.tolerance`.",
    ),
    Reason.NO_DISCOUNT_PRODUCT: (
        "The order has a discount line and no discount product is mapped.",
        "Set `orders.products.discount`.",
    ),
    Reason.NO_SHIPPING_PRODUCT: (
        "The order has a shipping fee and no shipping product is mapped.",
        "Set `orders.products.shipping`.",
    ),
    Reason.UNPAID: (
        "The order is not paid.",
        "It goes on by itself when it is paid; `orders.payments.unpaid: at_till` or `on_account` sells it unpaid.",
    ),
    Reason.OVERPAID: (
        "The ERP has received more for the order than it costs, or all of it twice.",
        "Pay it back, or mend the payments in the ERP; it goes on by itself.",
    ),
    Reason.NO_PAYMENT_TYPE: (
        "The order is paid and no payment type is mapped.",
        "Set `orders.payments.paid` to a payment type of X-Series.",
    ),
    Reason.CUSTOMER_AMBIGUOUS: (
        "X-Series has several customers with the code or e-mail of this order's, or one who may not owe for it.",
        "Merge them in X-Series, or give the right one the order's code there, then `syncd holds retry`.",
    ),
    Reason.NO_CUSTOMER: (
        "The order is not paid and would go on account, and nobody is there to owe it.",
        "Give the order's customer a code or an e-mail that X-Series knows, or take the money in the ERP.",
    ),
    Reason.SHIPPED_IN_PART: (
        "The ERP had shipped a part of it before syncd saw it.",
        "Finish it by hand, then `syncd holds drop`.",
    ),
    Reason.RETURN_IN_ERP: (
        "The order takes goods of another one back, and `orders.returns` is `hold`.",
        "Make the return in X-Series from that order's sale, then `syncd holds drop`; `orders.returns` can ignore all.",
    ),
    Reason.RETURN_WITHOUT_SALE: (
        "The order takes goods back, and X-Series has no sale that handed them out.",
        "It goes on by itself when the sale is handed over; else settle it by hand, then `syncd holds drop`.",
    ),
    Reason.RETURN_DIFFERS: (
        "What the order takes back is not what the sale sold, or not all that a return can be made of.",
        "Mend the order in the ERP, or make the return in X-Series by hand, then `syncd holds drop`.",
    ),
    Reason.RETURNED_ALREADY: (
        "A till has taken goods of the same sale back, or begun to: only a person knows whether it is this return.",
        "If it is the same, `syncd holds drop`; else make this one in X-Series by hand, then `syncd holds drop`.",
    ),
    Reason.MAP_CHANGED: (
        "A name of the config now means another thing in X-Series than when the sale was made.",
        "Rename it back in X-Series, or `syncd holds retry` to accept.",
    ),
    Reason.EDITED_AT_TILL: (
        "Somebody else changed the sale since we last verified it.",
        "Make the sale and the order say the same, then `syncd holds retry` looks again.",
    ),
    Reason.VOIDED_BY_HAND: (
        "Somebody voided the sale in X-Series, but the order still stands.",
        "Cancel the order in the ERP; or `syncd holds retry` makes a new sale, `syncd holds adopt SALE` takes another.",
    ),
    Reason.NOT_SEEN: (
        "X-Series no longer shows the sale that we made and verified.",
        "Look for it in X-Series; `syncd holds retry` makes it again.",
    ),
    Reason.CHANGED_AFTER_CLOSED: (
        "The order changed after its goods were handed over.",
        "Settle the difference by hand, then `syncd holds drop`.",
    ),
    Reason.PAID_AFTER_CLOSED: (
        "The ERP received money for the order after its goods were handed over on account; a closed sale takes none.",
        "Take the payment on the sale in X-Series, which is then seen by itself; or `syncd holds drop`.",
    ),
    Reason.CANCELLED_AFTER_CLOSED: (
        "The order was cancelled after its goods were handed over.",
        "Make a return in X-Series or reopen the order, then `syncd holds drop`.",
    ),
    Reason.PAID_BY_OTHERS: (
        "The sale carries a payment or a line that is not ours; we never take that away.",
        "Change or void the sale by hand, then `syncd holds drop`.",
    ),
    Reason.TWO_TOUCHED: (
        "Two sales stand for one part, and people have worked on both.",
        "Void one of them in X-Series; the other is taken by itself.",
    ),
    Reason.ADOPTED_DIFFERENT: (
        "A sale of ours was found again that is not what the order asks for today.",
        "Make the sale right by hand, then `syncd holds drop`.",
    ),
    Reason.INVOICE_TAKEN: (
        "A sale that is not ours has this invoice number.",
        "`syncd holds adopt SALE` takes that sale for the order's; `syncd holds drop` leaves the order to it.",
    ),
    Reason.MADE_BY_OTHERS: (
        "The order's sale was made by other software and adopted; syncd never changes or voids it.",
        "Change or void that sale by hand, then `syncd holds retry`; or `syncd holds drop`.",
    ),
    Reason.SALE_WITHOUT_ORDER: (
        "X-Series has a sale of ours for which the ERP has no order.",
        "Look at it in X-Series; syncd never voids it.",
    ),
    Reason.DELETED_IN_ERP: (
        "The ERP does not have the order any more, but its sale stands.",
        "Void the sale in X-Series, or leave it and `syncd holds drop`. `syncd holds retry` looks for the order again.",
    ),
    Reason.REFUSED: ("X-Series refused what was sent.", "Read the answer, mend the cause, then `syncd holds retry`."),
    Reason.CUSTOMER_REFUSED: (
        "X-Series refused to make the order's customer.",
        "Read the answer in `syncd holds show`, mend the customer in the ERP, then `syncd holds retry`.",
    ),
    Reason.CUSTOMER_NOT_KEPT: (
        "X-Series shows the customer that we made without its code and e-mail, so that it could not be found again.",
        "Give it the code or the e-mail in X-Series, then `syncd holds retry`.",
    ),
    Reason.CONFLICT: (
        "X-Series says that this is already there, and no route shows it.",
        "Look for the sale in X-Series, then `syncd holds retry`.",
    ),
    Reason.EMPTY_SALE: (
        "X-Series answered yes and made a sale without lines, as it does when it dislikes a payload.",
        "syncd voids that sale. Look at the payload in `syncd holds show`, mend the cause, then `syncd holds retry`.",
    ),
    Reason.EMPTY_SALE_FOUND: (
        "An answer was lost, and a sale of our user without lines stands since then. Nothing is sent again.",
        "Void that sale in X-Series if it is ours, then `syncd holds retry`.",
    ),
    Reason.SALE_DIFFERS: (
        "The sale in X-Series is not what was sent: made otherwise, or changed by somebody before it was verified.",
        "Compare both in `syncd holds show`, mend the cause, then `syncd holds retry`.",
    ),
    Reason.SOURCE_NOT_KEPT: (
        "X-Series does not show our source on the sales we make, so that they could not be found again.",
        "All creates are stopped. Use `lightspeed.api` with a date, or ask for support.",
    ),
    Reason.MOVED_NOT_CREATED: (
        "The sale at the old outlet is voided and the new one was refused: no sale stands for this order.",
        "Mend the cause, then `syncd holds retry`.",
    ),
    Reason.COMPLETION_REFUSED: (
        "The goods were handed over, but the ERP cannot complete the shipment.",
        "Complete it in the ERP; it is then seen by itself.",
    ),
    Reason.NO_STOCK: (
        "The goods were handed over, but the ERP has not enough of them on its shelf to ship.",
        "Count or receive them in the ERP; it is tried again every hour, and at once by `syncd holds retry`.",
    ),
    Reason.COMPLETION_DIFFERS: (
        "What was handed over is not what the ERP's open shipment holds.",
        "Make the shipment in the ERP right; it is then seen by itself.",
    ),
    Reason.SHIPPED_OTHERWISE: (
        "The ERP's shipment is done already, with less than was handed over, and nothing of it is open.",
        "Ship the rest in the ERP, which is then seen by itself, or settle it by hand and `syncd holds drop`.",
    ),
    Reason.MORE_HANDED_OVER: (
        "More was handed over than the ERP's order asks for.",
        "Raise the order in the ERP or make a return in X-Series, then `syncd holds drop` if it is not seen by itself.",
    ),
    Reason.CLOSED_WITHOUT_HAND_OVER: (
        "The sale was closed in X-Series, but not as picked up or dispatched: nobody says that the goods left.",
        "Did they? Then ship them in the ERP, which is seen by itself. If not: `syncd holds drop` and a return.",
    ),
    Reason.COLLECTED_BUT_CANCELLED: (
        "The goods were handed over, but the ERP has nothing left to ship for them.",
        "Settle it by hand in the ERP, then `syncd holds drop`.",
    ),
    Reason.RETURNED_AT_TILL: (
        "Goods of the sale were taken back at a till, and the ERP does not know of it.",
        "Take them back in the ERP as well, then `syncd holds drop`.",
    ),
    Reason.FULFIL_REFUSED: (
        "The ERP has shipped the goods, but X-Series does not hand them over.",
        "Hand the sale over in X-Series, which is then seen by itself, or `syncd holds retry`.",
    ),
    Reason.SALE_UNPAID: (
        "The ERP has shipped the goods, but X-Series does not let an unpaid sale be handed over.",
        "Take the money on the sale; it is then tried again. `orders.payments.unpaid: hold` makes no such sales.",
    ),
    Reason.BRAKE: (
        "The run wanted to do more than its brake allows.",
        "Look with `syncd plan orders`; `syncd holds approve` lets this plan pass once.",
    ),
    Reason.GONE_AT_ONCE: (
        "The ERP no longer shows so many orders that they are rather hidden than deleted; they stand as before.",
        "Check in the ERP what our user may see, and the database; `syncd holds approve` when they are deleted indeed.",
    ),
    Reason.LOCATION_VANISHED: (
        "The ERP has no such location any more; its outlet's stock is not compared.",
        "Mend `locations`, or make the location again in the ERP: the next run sees it.",
    ),
    Reason.STOCK_SIDE_EMPTY: (
        "The ERP told levels at this location before, and now tells none; nothing is concluded from that.",
        "Look in the ERP whether its user still sees the location's stock: the next run sees it.",
    ),
    Reason.STOCK_BRAKE: (
        "The plan of corrections is more than its brakes allow; nothing of it was sent.",
        "Look with `syncd plan stock`; `syncd holds approve` lets the next plan pass once.",
    ),
    Reason.CORRECTION_REFUSED: (
        "X-Series refused to correct this level, alone as well as among others.",
        "Read the answer, mend the cause, then `syncd holds retry`; or `syncd holds drop` leaves the level alone.",
    ),
    Reason.CORRECTION_NOT_KEPT: (
        "X-Series booked the correction, and the level is as it was before.",
        "Find what sets it back; `syncd holds retry` corrects it once more, `syncd holds drop` leaves it alone.",
    ),
}


_NOT_HELD = {
    Outcome.SYNCED: frozenset({Reason.STANDS, Reason.HANDED_OVER, Reason.VOIDED, Reason.RETURNED}),
    Outcome.WAITING: frozenset(
        {
            Reason.NEW,
            Reason.SENDING,
            Reason.MOVING,
            Reason.CUSTOMER_COMING,
            Reason.RETURNING,
            Reason.ERP_UNDECIDED,
            Reason.OUTLET_CLOSED,
            Reason.SHADOW,
            Reason.NO_CATALOGUE,
        }
    ),
    Outcome.IGNORED: frozenset(
        {
            Reason.STATE_NOT_LISTED,
            Reason.CANCELLED,
            Reason.BEFORE_START,
            Reason.IGNORED_BY_RULE,
            Reason.DONE_BEFORE_START,
            Reason.NOTHING_TO_HAND_OVER,
            Reason.RETURN_IGNORED,
            Reason.DROPPED,
            Reason.DELETED,
        }
    ),
}

#: Held because of another order's sale: what of it changes does not show on this order, so every run looks again.
HELD_BY_ANOTHER = frozenset({Reason.RETURN_WITHOUT_SALE, Reason.RETURN_DIFFERS, Reason.RETURNED_ALREADY})

#: Held because it is too much to be true: a person may let it pass once.
BRAKES = frozenset({Reason.BRAKE, Reason.GONE_AT_ONCE, Reason.STOCK_BRAKE})

#: Held because of what was sent: only a newer reading, other settings or a person lets it be sent again.
HELD_BY_SENDING = frozenset(
    {
        Reason.REFUSED,
        Reason.CUSTOMER_REFUSED,
        Reason.CUSTOMER_NOT_KEPT,
        Reason.CONFLICT,
        Reason.EMPTY_SALE,
        Reason.EMPTY_SALE_FOUND,
        Reason.SALE_DIFFERS,
        Reason.SOURCE_NOT_KEPT,
        Reason.MOVED_NOT_CREATED,
        Reason.INVOICE_TAKEN,
    }
)


def outcome_of(reason: Reason) -> Outcome:
    """Where an order stands that stands there for this reason."""
    return next((outcome for outcome, reasons in _NOT_HELD.items() if reason in reasons), Outcome.HELD)


def sentence(reason: Reason) -> str:
    return WORDS[reason][0]


def next_step(reason: Reason) -> str:
    return WORDS[reason][1]


def in_words(reason: Reason, detail: str) -> str:
    """The sentence with its detail: `X-Series has no product with this SKU: SKU-00050 on line 2.`"""
    return f"{sentence(reason).removesuffix('.')}: {detail}" if detail else sentence(reason)
