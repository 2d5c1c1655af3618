"""The tables: flat, without relationships, and not our models. Domain objects are checked before they become rows.

Domain values that are kept whole are JSON text (`store/codec.py`). Times are ISO 8601 text in UTC, so that they sort;
quantities of levels are integers in 1/100,000. Every table carries the account, or a number that belongs to one
(`stock_tables.py`, part of these): one database can serve several. So an index begins with the account: of two that fit
a question equally well SQLite takes the newer, and one that knows nothing but the account is no better than none.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Text, false, text
from sqlmodel import Field, SQLModel

from syncd.store import stock_tables  # noqa: F401  (its tables are of the same schema)

SCHEMA_REVISION = "0015"  # of migrations/versions: what this code expects to find


class OrderRow(SQLModel, table=True):
    """The inbox: the newest reading of every order, and where it stands."""

    __tablename__ = "orders"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    number: str
    reference: str = ""
    seq: int  # raised by every reading that differs from the current row
    digest: str  # of the reading, stamp left out; `gone` when the ERP does not have the order any more
    payload: str = Field(sa_column=Column(Text, nullable=False))
    readable: bool = True
    changed_at: str
    ticket: int
    first_read_at: str
    read_at: str
    outcome: str = "waiting"
    reason: str = "new"
    detail: str = ""
    line: str = ""
    planned_seq: int = 0
    planned_with: str = ""  # fingerprint of the settings and catalogue that decided
    planned_version: int = Field(default=0, sa_type=BigInteger)  # sum of its sales' versions that were considered
    planned_at: str | None = None
    forgotten_at: str | None = None  # the reading and the versions of its sales at which persons were taken out
    # A digest of the customer's code, by which it is known that a code is some party's of the ERP.
    party: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    __table_args__ = (
        Index("orders_readings", "account", "order_id", "seq"),  # read for all orders, rows are large
        Index("orders_party", "account", "party"),
        Index("orders_number", "account", "number"),
        Index("orders_reference", "account", "reference"),
        Index("orders_outcome", "account", "outcome"),
    )


class FormerNumberRow(SQLModel, table=True):
    """A number that an order had before the ERP gave it another: people go on calling it so."""

    __tablename__ = "former_numbers"
    account: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)


class OrderStampRow(SQLModel, table=True):
    """What the newest sweep listed of the ERP: each order with a digest of all it is read from."""

    __tablename__ = "order_stamps"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    digest: str
    ticket: int  # of the listing
    read_digest: str = ""  # the digest that was listed before the order was last read by a sweep


class RevisionRow(SQLModel, table=True):
    """What a later reading of an order said that the one before it had not: for `explain`. Names nobody."""

    __tablename__ = "revisions"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    changed_at: str
    read_at: str
    changes: str = Field(sa_column=Column(Text, nullable=False))  # JSON: a list of words


class PartRow(SQLModel, table=True):
    """The link of a part and its sale; unique both ways."""

    __tablename__ = "parts"
    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    outlet: str = Field(primary_key=True)
    method: str = Field(primary_key=True)
    place: int
    generation: int
    sale_id: str | None = None
    draft: str | None = Field(default=None, sa_column=Column(Text))  # as last verified
    lines: str | None = Field(default=None, sa_column=Column(Text))  # order line, sale line, quantity
    voided_by_us: bool = False
    verified_at: str | None = None
    agreed_mark: str | None = None  # at which neither side lacked what the other had: see `hand_overs.differing`
    __table_args__ = (
        Index(
            "parts_one_part_a_sale",
            "account",
            "sale_id",
            unique=True,
            sqlite_where=text("sale_id IS NOT NULL"),
            postgresql_where=text("sale_id IS NOT NULL"),
        ),
        Index("parts_verified", "account", "order_id", "verified_at"),
        Index("parts_agreed", "account", "sale_id", "order_id", "agreed_mark"),  # every tick, and rows are large
    )


class JournalRow(SQLModel, table=True):
    """Every write to either side, decided and stored before it is sent."""

    __tablename__ = "journal"
    id: int | None = Field(default=None, primary_key=True)
    account: str
    subject: str
    k: int  # counts the entries of the subject: (account, subject, k) is the entry's key
    action: str
    order_id: str
    seq: int  # the order's reading that it was decided from
    generation: int = 0
    command: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    attempts: int = 0
    epoch: int  # of the writer that moved it last
    decided_at: str
    sent_at: str | None = None  # of the last attempt
    settled_at: str | None = None
    not_before_ms: int | None = Field(default=None, sa_type=BigInteger)  # boot clock
    boot: str | None = None  # the boot that the boot clock fields belong to
    deadline_ms: int | None = Field(default=None, sa_type=BigInteger)
    absent_ms: int | None = Field(default=None, sa_type=BigInteger)
    absent_means: str = "resend"
    watermark: int | None = Field(default=None, sa_type=BigInteger)  # version of the sales feed before sending
    sale_id: str | None = None
    answer: str | None = Field(default=None, sa_column=Column(Text))
    reason: str = ""
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))
    run_id: int | None = None
    answered_at: str | None = None
    __table_args__ = (
        Index("journal_key", "account", "subject", "k", unique=True),
        Index(
            "journal_one_open_a_subject",
            "account",
            "subject",
            unique=True,
            sqlite_where=text("state IN ('waiting','sending','answered','unknown')"),
            postgresql_where=text("state IN ('waiting','sending','answered','unknown')"),
        ),
        Index("journal_state", "account", "state"),
        Index("journal_order", "account", "order_id"),
    )


class AttemptRow(SQLModel, table=True):
    """An attempt of an entry that brought no good answer, or what a look-up of it concluded: for `explain`."""

    __tablename__ = "attempts"
    id: int | None = Field(default=None, primary_key=True)
    account: str
    entry_id: int = Field(index=True)
    sent_at: str | None = None
    ended_at: str
    said: str = Field(sa_column=Column(Text, nullable=False))


class SeenSaleRow(SQLModel, table=True):
    """Every sale with our source type that the feed has shown: the witness of what we have made."""

    __tablename__ = "seen_sales"
    account: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    source_id: str
    order_id: str = ""  # read from the source id; empty when it is not of this account
    version: int = Field(sa_type=BigInteger)
    state: str
    payload: str = Field(sa_column=Column(Text, nullable=False))
    ticket: int
    seen_at: str
    invoice_number: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    # The inbox had no such order when it was seen; cleared by the look after the order has come.
    lacks_order: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    __table_args__ = (
        Index("seen_sales_source", "account", "source_id"),
        Index("seen_sales_versions", "account", "order_id", "version"),
        Index("seen_sales_invoice_number", "account", "invoice_number"),
        Index(
            "seen_sales_without_order",
            "account",
            "order_id",
            sqlite_where=text("lacks_order = 1"),
            postgresql_where=text("lacks_order"),
        ),
    )


class HandOverRow(SQLModel, table=True):
    """What of an open sale was handed over so far, by its fulfilments. Only the dated dialect does it in part."""

    __tablename__ = "hand_overs"
    account: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    seq: int  # raised by every reading that differs
    begun: bool  # some of it was handed over
    payload: str = Field(sa_column=Column(Text, nullable=False))
    sale_version: int = Field(sa_type=BigInteger)  # of the sale when its fulfilments were asked for
    ticket: int


class RotationRow(SQLModel, table=True):
    """When open sales were last asked about in turn: from it follows how many may be asked about now."""

    __tablename__ = "rotations"
    account: str = Field(primary_key=True)
    asked_at: str


class TillLineRow(SQLModel, table=True):
    """Of sales that are not ours: only what moves stock, for as long as it matters."""

    __tablename__ = "till_lines"
    account: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    outlet: str
    quantity: int = Field(sa_type=BigInteger)  # scaled; lowers the level while positive
    version: int = Field(sa_type=BigInteger)
    sold_at: str
    ticket: int
    __table_args__ = (Index("till_lines_of_product", "account", "product_id", "outlet"),)


class ReturnRow(SQLModel, table=True):
    """Sales that are the return, or exchange, of another: what came back, of whichever sale."""

    __tablename__ = "sale_returns"
    account: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    original: str  # the sale whose goods came back
    source_id: str  # ours, where we have made it for an order of the ERP; else empty
    made_for: str  # that order, read from the source id; else empty
    version: int = Field(sa_type=BigInteger)
    state: str
    payload: str = Field(sa_column=Column(Text, nullable=False))
    told: bool  # a person was told of it, where a till has taken back what a sale of ours had handed out
    ticket: int
    seen_at: str
    __table_args__ = (
        Index("sale_returns_made", "account", "made_for"),
        Index("sale_returns_original", "account", "original"),
    )


class ProductRow(SQLModel, table=True):
    __tablename__ = "products"
    account: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    sku: str
    name: str
    active: bool
    tracked: bool
    composite: bool
    version: int = Field(sa_type=BigInteger)


class ProductCodeRow(SQLModel, table=True):
    """Which products a code names; its own SKU is one of its codes."""

    __tablename__ = "product_codes"
    account: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    product_id: str = Field(primary_key=True)
    key: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))  # of all codes like it
    __table_args__ = (
        Index("product_codes_of_product", "account", "product_id", "code"),
        Index("product_codes_key", "account", "key"),
    )


class ReferenceRow(SQLModel, table=True):
    """Outlets, registers, users, taxes and payment types of X-Series."""

    __tablename__ = "reference_data"  # the word `references` is reserved in SQL
    account: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    payload: str = Field(sa_column=Column(Text, nullable=False))


class CustomerRow(SQLModel, table=True):
    """Which customers X-Series has: only digests of code and e-mail, to find them by. Inactive ones have none."""

    __tablename__ = "customers"
    account: str = Field(primary_key=True)
    customer_id: str = Field(primary_key=True)
    code: str
    email: str
    version: int = Field(sa_type=BigInteger)
    __table_args__ = (
        Index("customers_code", "account", "code"),
        Index("customers_email", "account", "email"),
    )


class PinRow(SQLModel, table=True):
    """Which id a name of the config meant when it was first used."""

    __tablename__ = "pins"
    account: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    id: str
    pinned_at: str


class CursorRow(SQLModel, table=True):
    """Up to where a feed of changes was read. Moves with the work that it covers, and never back."""

    __tablename__ = "cursors"
    account: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    position: str
    ticket: int
    moved_at: str


class FeedMarkRow(SQLModel, table=True):
    """Which version of the sales feed had been reached when: the feed is read again from `settle` ago."""

    __tablename__ = "feed_marks"
    account: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    reached_at: str


class HoldRow(SQLModel, table=True):
    """What waits for a person."""

    __tablename__ = "holds"
    id: int | None = Field(default=None, primary_key=True)
    account: str
    subject: str
    order_id: str = ""
    reason: str
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))
    evidence: str = Field(default="", sa_column=Column(Text, nullable=False))  # JSON: payload, answer, both stories
    run_id: int | None = None
    opened_at: str
    closed_at: str | None = None
    closed_because: str = ""
    cause: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))  # shared by many holds
    __table_args__ = (
        Index(
            "holds_one_open_a_subject",
            "account",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("holds_subject", "account", "subject"),
        Index("holds_order", "account", "order_id"),
    )


class DecisionRow(SQLModel, table=True):
    """What a person has decided; the next run consumes it."""

    __tablename__ = "decisions"
    id: int | None = Field(default=None, primary_key=True)
    account: str
    hold_id: int
    verb: str  # retry, drop, approve, adopt
    who: str
    why: str = ""
    decided_at: str
    consumed_by: int | None = None
    sale_id: str | None = None  # that a person named, to adopt it


class RunRow(SQLModel, table=True):
    __tablename__ = "runs"
    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(index=True)
    job: str
    mode: str
    started_at: str
    ended_at: str | None = None
    outcome: str = "running"  # running, done, failed, held, braked, locked, unauthorized
    counts: str = "{}"
    message: str = ""


class WriterRow(SQLModel, table=True):
    """Who may move journal entries: the epoch rises with every acquisition of the writer lock."""

    __tablename__ = "writers"
    account: str = Field(primary_key=True)
    epoch: int
    holder: str
    since: str


class TicketRow(SQLModel, table=True):
    """The counter that orders reads: a row is replaced only by a read that started later."""

    __tablename__ = "tickets"
    account: str = Field(primary_key=True)
    last: int
