"""What `syncd plan` says of hand-overs, both ways."""

from decimal import Decimal

from syncd.cli.story import fulfilments_as_data, fulfilments_in_words
from syncd.domain.identity import Part
from syncd.domain.ids import OrderId, OutletId, SaleId, SaleLineId
from syncd.domain.journal import FulfilSale
from syncd.domain.orders import Method
from syncd.domain.plan_fulfilments import Disagreement, FulfilmentPlan
from syncd.domain.reasons import Reason

SALE = SaleId("sale-1")
HAND_OVER = FulfilSale(
    Part(OrderId("1"), OutletId("downtown"), Method.PICKUP), 1, SALE, ((SaleLineId("l1"), Decimal(2)),), whole=True
)
PLAN = FulfilmentPlan(
    (), (Disagreement(OrderId("2"), SaleId("sale-2"), Reason.NO_STOCK, "none"),), (), hand_overs=(HAND_OVER,)
)


def test_hand_overs_and_disagreements_are_said_beside_the_completions() -> None:
    assert fulfilments_in_words(PLAN) == (
        "0 shipments to complete in the ERP, 1 sales to hand over in X-Series, 1 on which the two sides disagree"
    )


def test_hand_overs_are_listed_as_data() -> None:
    [one] = fulfilments_as_data(PLAN)["hand_overs"]

    assert one == {"order": "1", "sale": "sale-1", "whole": True, "lines": HAND_OVER.lines}
