"""What `explain stock` says of a product is what the report says of it."""

from __future__ import annotations

from decimal import Decimal

from syncd.cli.explain_stock import stories_of
from syncd.domain.stock_changes import ConsignmentKind, ConsignmentLine
from syncd.store import stock_report
from tests.fakes.memory_erp import HERE, MUG
from tests.fakes.memory_retail import DOWNTOWN, product_id
from tests.unit.jobs.world import ACME, World


def test_a_level_that_a_count_of_unknown_size_explains_is_off_by_nothing(dated: World) -> None:
    dated.erp.levels[HERE, MUG] = Decimal(10)
    dated.retail.complete("Count", ConsignmentKind.COUNT, ConsignmentLine(product_id(MUG), None, Decimal(7), True, 1))
    dated.retail.set_level(DOWNTOWN, MUG, 7)
    dated.stock_report()
    [row] = dated.stock_rows()

    with dated.given.database.read() as tx:
        report = stock_report.newest(tx, ACME)
        assert report is not None
        [story] = stories_of(tx, ACME, report, MUG, "Downtown")

    expected = story.under(report.terms.start, report.terms.open_sales_lower_level)
    assert (expected.low, expected.high) == (row.expected_low, row.expected_high) == (7, 10)
    assert (expected.distance(row.level), row.unexplained) == (0, 0)
