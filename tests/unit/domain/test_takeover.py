"""What another connector has made is put beside what we would make."""

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.ids import OutletId, SaleId
from syncd.domain.orders import Method
from syncd.domain.plan_orders import Create, Step, Update, Void
from syncd.domain.sales import Fulfilment, FulfilmentState, Sale, SaleState
from syncd.domain.takeover import Likeness, in_all, sums_of, twin_of
from tests.builders import AIRPORT, DOWNTOWN, a_draft, a_part, a_sale

DRAFT = a_draft()


def theirs(**changes: object) -> Sale:
    return a_sale(DRAFT, **({"id": SaleId("theirs"), "source_type": "SHOPIFY", "source_id": "77"} | changes))


@pytest.mark.parametrize(
    ("found", "likeness"),
    [
        pytest.param([], Likeness.NOT_THERE, id="nothing"),
        pytest.param([theirs()], Likeness.SAME, id="the same"),
        pytest.param([theirs(state=SaleState.CLOSED, payments=())], Likeness.SAME, id="handed over, paid elsewhere"),
        pytest.param([theirs(state=SaleState.VOIDED)], Likeness.NOT_THERE, id="voided"),
        pytest.param([a_sale(DRAFT)], Likeness.NOT_THERE, id="our own"),
        pytest.param([theirs(total=Decimal("24.00"))], Likeness.DIFFERENT, id="another total"),
        pytest.param([theirs(lines=())], Likeness.DIFFERENT, id="other lines"),
        pytest.param([theirs(outlet=AIRPORT.outlet)], Likeness.DIFFERENT, id="another outlet"),
        pytest.param([theirs(method=Method.PICKUP)], Likeness.DIFFERENT, id="another way"),
        pytest.param([theirs(), theirs(id=SaleId("too"))], Likeness.SEVERAL, id="several"),
    ],
)
def test_what_stands_under_the_number_is_compared(found: list[Sale], likeness: Likeness) -> None:
    twin = twin_of(DRAFT, found, [])

    assert twin.likeness is likeness
    assert bool(twin.differs) == (likeness in (Likeness.DIFFERENT, Likeness.SEVERAL))


def test_the_fulfilments_say_which_outlet_hands_it_over() -> None:
    there = Fulfilment("f", SaleId("theirs"), AIRPORT.outlet, Method.DISPATCH, FulfilmentState.OPEN, ())
    of_another = replace(there, sale=SaleId("other"))

    assert twin_of(DRAFT, [theirs(outlet=None)], [there]).differs == (
        f"outlet {AIRPORT.outlet} hands it over, not {DOWNTOWN.outlet}",
    )
    assert twin_of(DRAFT, [theirs(outlet=None)], [of_another]).likeness is Likeness.SAME


def test_a_plan_is_summed_up_by_outlet() -> None:
    here, there = a_part(), a_part(at=AIRPORT)
    steps: list[Step] = [
        Create(there, 0, 1, DRAFT),
        Create(here, 0, 1, DRAFT),
        Create(here, 0, 1, DRAFT),
        Update(here, 1, SaleId("s"), DRAFT, DRAFT),
        Void(there, 1, SaleId("s"), DRAFT, as_verified=True, why="cancelled"),
    ]

    sums = sums_of(steps)

    assert [(one.outlet, one.creates, one.value, one.updates, one.voids) for one in sums] == [
        (here.outlet, 2, Decimal("46.00"), 1, 0),
        (there.outlet, 1, Decimal("23.00"), 0, 1),
    ]
    whole = in_all(sums)
    assert (whole.outlet, whole.creates, whole.value, whole.updates, whole.voids) == (
        OutletId("all"),
        3,
        Decimal("69.00"),
        1,
        1,
    )
