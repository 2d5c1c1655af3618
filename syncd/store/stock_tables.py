"""The tables of stock: levels of both sides, what stands between them, and the report.

Levels come in hundreds of thousands. Their ids are therefore small integers (`numbers`), which belong to one account
each, and their quantities integers in 1/100,000.
"""

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

_NO_ROWID = {"sqlite_with_rowid": False}  # the key is the row: half the pages


class NumberRow(SQLModel, table=True):
    """A small integer for an id of the account: a location, an outlet, a product of X-Series, or the ERP itself."""

    __tablename__ = "numbers"
    number: int | None = Field(default=None, primary_key=True)
    account: str
    kind: str
    id: str
    __table_args__ = (Index("numbers_id", "account", "kind", "id", unique=True),)


class ErpItemRow(SQLModel, table=True):
    """A product that the ERP stocks, by the ERP's own number. `erp` is of `numbers`."""

    __tablename__ = "erp_items"
    erp: int = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger)
    sku: str
    __table_args__ = (Index("erp_items_sku", "erp", "sku"), _NO_ROWID)


class ErpLevelRow(SQLModel, table=True):
    """What stands on the ERP's shelves, as last read. `location` is of `numbers`; scaled."""

    __tablename__ = "erp_levels"
    location: int = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger)
    on_hand: int = Field(sa_type=BigInteger)
    __table_args__ = _NO_ROWID


class ErpReservedRow(SQLModel, table=True):
    """What is promised to an order and still stands there; `order_id` is empty of what is promised to no order."""

    __tablename__ = "erp_reserved"
    location: int = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger)
    order_id: str = Field(primary_key=True)
    quantity: int = Field(sa_type=BigInteger)
    __table_args__ = _NO_ROWID


class RetailLevelRow(SQLModel, table=True):
    """The newest reading of X-Series' inventory. `outlet` and `product` are of `numbers`; scaled."""

    __tablename__ = "retail_levels"
    outlet: int = Field(primary_key=True)
    product: int = Field(primary_key=True)
    level: int = Field(sa_type=BigInteger)
    to_procure: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    __table_args__ = _NO_ROWID


class StockMatchRow(SQLModel, table=True):
    """Which product of X-Series an item of the ERP is, or why none can be said."""

    __tablename__ = "stock_matches"
    erp: int = Field(primary_key=True)
    item: int = Field(primary_key=True, sa_type=BigInteger)
    verdict: str
    product: int | None = None  # of `numbers`
    code: str  # the SKU, or its alias: what was looked for in X-Series
    __table_args__ = (
        Index("stock_matches_product", "erp", "product"),
        Index("stock_matches_code", "erp", "code"),
        _NO_ROWID,
    )


class StockAlikeRow(SQLModel, table=True):
    """Codes of X-Series that count as the same as what an item is looked for by, where `orders.products.match` lets
    them differ; only the very code where an active product has it.
    """

    __tablename__ = "stock_alike"
    erp: int = Field(primary_key=True)
    code: str = Field(primary_key=True)  # of `stock_matches`
    other: str = Field(primary_key=True)  # of `product_codes`
    __table_args__ = (Index("stock_alike_other", "erp", "other"),)


class StockMarkRow(SQLModel, table=True):
    """What a derived table was derived from: it is made anew when that has changed."""

    __tablename__ = "stock_marks"
    account: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    mark: str


class StockReadingRow(SQLModel, table=True):
    """A reading of one side: where it stands, so that one that was cut off goes on from there."""

    __tablename__ = "stock_readings"
    account: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    began_at: str
    position: str = ""  # what was read last
    ended_at: str | None = None
    rows: int = 0


class OrderUnitsRow(SQLModel, table=True):
    """How far the units of an order's sales have come, per outlet and product; scaled. Finished orders have no row."""

    __tablename__ = "order_units"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    outlet: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    open_sale: int = Field(sa_type=BigInteger)
    collected: int = Field(sa_type=BigInteger)
    shipped: int = Field(sa_type=BigInteger)
    cancelled: int = Field(sa_type=BigInteger)
    returned: int = Field(sa_type=BigInteger)


class OrderUnitsMarkRow(SQLModel, table=True):
    """From which readings of an order and its sales its units were told."""

    __tablename__ = "order_units_marks"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    mark: str


class StockTermRow(SQLModel, table=True):
    """The terms that orders put between the sides, per order, for the comparison under way; scaled."""

    __tablename__ = "stock_terms"
    outlet: int = Field(primary_key=True)  # of `numbers`
    product: int = Field(primary_key=True)
    source: str = Field(primary_key=True)  # the order
    reserved: int = Field(sa_type=BigInteger)
    open_sale: int = Field(sa_type=BigInteger)
    collected: int = Field(sa_type=BigInteger)
    given: int = Field(sa_type=BigInteger)
    shipped: int = Field(sa_type=BigInteger)
    cancelled: int = Field(sa_type=BigInteger)
    returned: int = Field(sa_type=BigInteger)
    uncertain: int = Field(sa_type=BigInteger)


class StockMovementRow(SQLModel, table=True):
    """What moved a level in X-Series and was no sale; scaled, raises the level while positive."""

    __tablename__ = "stock_movements"
    account: str = Field(primary_key=True)
    source: str = Field(primary_key=True)  # "adjustment ID" or "consignment ID"
    outlet: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    quantity: int = Field(sa_type=BigInteger)
    is_known: bool  # else nobody says by how much: a count of which the expectation is not told
    words: str  # for people: what it was
    moved_at: str = Field(index=True)


class StockRowRow(SQLModel, table=True):
    """A row of a stock report: where the sides differ, with all that stands between them; scaled."""

    __tablename__ = "stock_rows"
    run_id: int = Field(primary_key=True)
    outlet: int = Field(primary_key=True)  # of `numbers`
    product: int = Field(primary_key=True)
    location: int
    item: int = Field(sa_type=BigInteger)
    on_hand: int = Field(sa_type=BigInteger)
    promised: int = Field(sa_type=BigInteger)  # all that the ERP has reserved
    level: int = Field(sa_type=BigInteger)
    to_procure: int = Field(sa_type=BigInteger)
    reserved: int = Field(sa_type=BigInteger)
    open_sale: int = Field(sa_type=BigInteger)
    collected: int = Field(sa_type=BigInteger)
    given: int = Field(sa_type=BigInteger)
    shipped: int = Field(sa_type=BigInteger)
    cancelled: int = Field(sa_type=BigInteger)
    till: int = Field(sa_type=BigInteger)
    returned: int = Field(sa_type=BigInteger)
    moved_in: int = Field(sa_type=BigInteger)
    moved_out: int = Field(sa_type=BigInteger)
    uncertain: int = Field(sa_type=BigInteger)
    start: int = Field(sa_type=BigInteger)
    expected_low: int = Field(sa_type=BigInteger)
    expected_high: int = Field(sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)  # how far the level lay outside at the newest look
    unexplained: int = Field(sa_type=BigInteger)  # what two looks have in common of it
    moved_known: bool
    reason: str  # of the table of terms: what explains most of it
    __table_args__ = _NO_ROWID


class StockReportRow(SQLModel, table=True):
    """The newest complete stock report of the account; its rows are those of its run."""

    __tablename__ = "stock_reports"
    account: str = Field(primary_key=True)
    run_id: int
    compared_at: str
    payload: str = Field(sa_column=Column(Text, nullable=False))  # counts, settings, lists


class StockHistoryRow(SQLModel, table=True):
    """Drift per outlet over time, one point an hour: the last report of that hour."""

    __tablename__ = "stock_history"
    account: str = Field(primary_key=True)
    hour: str = Field(primary_key=True)
    outlet: str = Field(primary_key=True)
    levels: int
    differing: int
    drifts: int
    missing: int = Field(sa_type=BigInteger)  # units that nothing explains, of rows below; scaled, not negative
    surplus: int = Field(sa_type=BigInteger)


class CorrectionRow(SQLModel, table=True):
    """A level that a run corrects or has corrected, with what it was before; scaled. A batch is an entry's rows."""

    __tablename__ = "corrections"
    account: str = Field(primary_key=True)
    run_id: int = Field(primary_key=True)
    outlet: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    outlet_name: str
    location: str
    sku: str
    level: int = Field(sa_type=BigInteger)  # the before-image, less what is to be procured
    expected: int = Field(sa_type=BigInteger)
    delta: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    state: str
    entry_id: int | None = Field(default=None, index=True)
    settled_at: str | None = None
    __table_args__ = (Index("corrections_of_level", "account", "outlet", "product_id", "settled_at"),)


class StockZeroRow(SQLModel, table=True):
    """A level that is to become zero, since when: it is written when a second reading says so too."""

    __tablename__ = "stock_zeros"
    account: str = Field(primary_key=True)
    outlet: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    seen_at: str
