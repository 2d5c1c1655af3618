"""The only place that names real adapters: settings in, ready jobs out. Here the machine's clock is asked."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd import __version__
from syncd.budget import Budget, BudgetNumbers, Rate
from syncd.config import Settings, fingerprint
from syncd.config.settings import RoutingSettings
from syncd.domain.catalogue import Match
from syncd.domain.clock import BootTime, Clock
from syncd.domain.customers import CustomerMode
from syncd.domain.ids import Account, LocationId, Sku
from syncd.domain.journal import Action
from syncd.domain.names import LocationNames, OrderNames
from syncd.domain.orders import Method, OrderState
from syncd.domain.plan_corrections import QuietHours, StockMode, Way, terms_of_corrections
from syncd.domain.ports import Erp
from syncd.domain.rotation import Allowance
from syncd.domain.rules import Debt, IgnoreRules, Returns, RoutingRules, Unpaid
from syncd.domain.stock_brakes import StockBrakes
from syncd.domain.stock_terms import BookedBy, Start, StockTerms
from syncd.erp.tryton import TrytonAccess, TrytonErp
from syncd.errors import ConfigError
from syncd.jobs.given import Brakes, Given, JobSettings, Mode, pass_by
from syncd.lightspeed import AUTHORIZE_URL, OAuthLogIn, Use, connect, headers, scopes_needed, scopes_wanted
from syncd.log import remember_secrets
from syncd.store.budget import BudgetFile
from syncd.store.database import Database
from syncd.store.file_locks import accounts_locked_beside
from syncd.store.locks import Locks
from syncd.store.tokens import TokenFile
from syncd.transport import Transport, Wire

ERP, X_SERIES = "the ERP", "X-Series"  # the sides, as errors call them
AUTO = "auto"  # of `stock.api`: the dialect decides
GC_THRESHOLD = 10_000  # new objects between two looks for cycles; Python itself begins with 700
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """This machine's clocks."""

    def __init__(self) -> None:
        self._boot = _BOOT_ID.read_text().strip()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def boot_time(self) -> BootTime:
        return BootTime(self._boot, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)

    def sleep(self, wait: timedelta) -> None:
        time.sleep(wait.total_seconds())

    def wait_for(self, condition: threading.Condition, at_most: timedelta) -> None:
        condition.wait(at_most.total_seconds())


def settle_memory() -> None:
    """Tell the collector of cycles that the program itself stays, and that rows by the thousand are no cycles.

    Without it, reading 500,000 levels walks the imported modules again and again: a third of the time (measured by
    `make bench-xseries`). What is garbage by now stays as well: to look for it takes a quarter of a quiet run.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 10, 10)
    gc.enable()


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    remember_secrets(secrets_of(settings))
    database = _database(settings)
    try:
        yield database
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What no config can say: the clock, what carries the requests, and who listens at the failpoints."""

    clock: Clock = field(default_factory=SystemClock)
    wires: Mapping[str, Wire] = field(default_factory=dict)  # by side; httpx's own where there is none
    at: Callable[[str], None] = pass_by


def locks_of_all(database: Database, account: Account, clock: Clock) -> list[Locks]:
    """The locks of every account that shares this database, in a fixed order."""
    accounts = sorted(accounts_locked_beside(database.path) | {account})
    return [Locks(database, one, clock) for one in accounts]


def _database(settings: Settings) -> Database:
    return Database(settings.store.url, folder=settings.store.folder, frozen_after=settings.store.frozen_after)


@contextmanager
def open_given(
    settings: Settings,
    *,
    read_only: bool = False,
    stopping: Callable[[], bool] = lambda: False,
    surroundings: Surroundings | None = None,
) -> Iterator[Given]:
    """Everything a job needs, ready and, at the end, closed.

    `read_only` makes the transport refuse every write; `stopping` is asked before each write.
    """
    around = surroundings or Surroundings()
    clock = around.clock
    with open_database(settings) as database:
        database.prepare()
        erp_transport = Transport(
            side=ERP,
            base_url=settings.erp.url,
            clock=clock,
            deadline=settings.erp.deadline,
            headers={"User-Agent": f"syncd/{__version__}", "Accept-Encoding": "gzip"},
            read_only=read_only,
            connections_max=settings.journal.threads + 1,
            wire=around.wires.get(ERP),
        )
        budget = _budget(settings, database.path, clock)
        retail_transport = _retail_transport(
            settings, clock, read_only=read_only, budget=budget, wire=around.wires.get(X_SERIES)
        )
        try:
            account = Account(settings.account)
            yield Given(
                account=account,
                erp=_erp(settings, erp_transport, clock),
                retail=connect(
                    retail_transport,
                    settings.lightspeed.api,
                    log_in=_log_in(settings, retail_transport, database.path, clock),
                    uses=uses_of(settings),
                    dated_adjustments=settings.stock.api == Way.ADJUSTMENTS.value,
                ),
                database=database,
                locks=Locks(database, account, clock),
                clock=clock,
                settings=job_settings(settings),
                stopping=stopping,
                allowance=lambda: _allowance(budget),
                at=around.at,
            )
        finally:
            erp_transport.close()
            retail_transport.close()
            _keep(settings, database.path, clock, budget.numbers())


def secrets_of(settings: Settings) -> list[str]:
    """What must never be seen in a log, an error or an answer of ours."""
    lightspeed = settings.lightspeed
    own = lightspeed.oauth.client_secret if lightspeed.oauth else lightspeed.token
    of_lightspeed = [own.get_secret_value()] if own else []
    return [*settings.erp.secrets, *of_lightspeed, *settings.store.secrets, *settings.webhooks.secrets]


def uses_of(settings: Settings) -> set[Use]:
    """What this config wants of X-Series: from it follow the scopes that a token must have."""
    uses = {Use.SYNC, Use.STOCK}
    is_live = settings.orders.mode == Mode.LIVE.value
    if is_live:
        uses.add(Use.ORDERS)
        if settings.orders.returns == Returns.CREATE.value:
            uses.add(Use.RETURNS)
    if settings.orders.customers != CustomerMode.NONE.value:
        uses.add(Use.CUSTOMERS)
    if is_live and settings.orders.customers == CustomerMode.MATCH_OR_CREATE.value:
        uses.add(Use.NEW_CUSTOMERS)
    if settings.fulfilments.to_erp or settings.fulfilments.to_retail:
        uses.add(Use.HAND_OVER)
    if settings.fulfilments.to_retail and settings.fulfilments.mode == Mode.LIVE.value:
        uses.add(Use.HAND_OVER_BACK)
    if settings.stock.mode == StockMode.CORRECT.value:
        uses |= {Use.CORRECTIONS, Use.MOVEMENTS}
    return uses


@dataclass(frozen=True, slots=True)
class LogInParts:
    """What `syncd auth` needs: who logs in, where a person allows it, and for what."""

    log_in: OAuthLogIn
    authorize_base: str
    client_id: str
    redirect_url: str
    domain_prefix: str | None
    tokens_path: Path
    needed: frozenset[str]
    asked: frozenset[str]


@contextmanager
def open_log_in(settings: Settings) -> Iterator[LogInParts]:
    """The OAuth log-in of this config, without a database. Raise ConfigError where it has a personal token."""
    oauth = settings.lightspeed.oauth
    if oauth is None:
        raise ConfigError("the config has a personal token, which needs no log-in", hint="`syncd check` tries it.")
    remember_secrets(secrets_of(settings))
    clock, database = SystemClock(), _database(settings)
    transport = _retail_transport(settings, clock, read_only=False, budget=Budget(clock))
    try:
        log_in = _log_in(settings, transport, database.path, clock)
        assert log_in is not None, "there are OAuth settings"
        uses, classic = uses_of(settings), settings.lightspeed.is_classic
        is_sandbox = settings.lightspeed.is_loopback
        yield LogInParts(
            log_in=log_in,
            authorize_base=f"{settings.lightspeed.base_url}/connect" if is_sandbox else AUTHORIZE_URL,
            client_id=oauth.client_id,
            redirect_url=oauth.redirect_url,
            domain_prefix=settings.lightspeed.domain_prefix,
            tokens_path=TokenFile(database.path, Account(settings.account), clock).path,
            needed=frozenset(scopes_needed(uses, classic=classic)),
            asked=frozenset(scopes_wanted(uses | {Use.MOVEMENTS, Use.SETTINGS}, classic=classic)),
        )
    finally:
        transport.close()
        database.close()


def last_budget(settings: Settings) -> Mapping[str, str | int | None] | None:
    """The numbers of the request budget as the last process left them."""
    with open_database(settings) as database:
        return BudgetFile(database.path, Account(settings.account)).last()


def _retail_transport(
    settings: Settings, clock: Clock, *, read_only: bool, budget: Budget, wire: Wire | None = None
) -> Transport:
    token = settings.lightspeed.token
    return Transport(
        side=X_SERIES,
        base_url=settings.lightspeed.base_url,
        clock=clock,
        deadline=settings.journal.call_deadline,
        headers=headers(token.get_secret_value() if token else None),
        read_only=read_only,
        connections_max=settings.journal.threads + 1,
        hint_on_credentials="Check `lightspeed.token`: is it valid, and may its user do this?"
        if token
        else "`syncd auth status` says what was granted, `syncd auth login` asks anew.",
        budget=budget,
        wire=wire,
    )


def _budget(settings: Settings, database: Path, clock: Clock) -> Budget:
    rate = settings.lightspeed.rate
    return Budget(
        clock,
        reserve=settings.lightspeed.reserve,
        rate=Rate(rate.requests, rate.window) if rate else None,
        tell=lambda numbers: _keep(settings, database, clock, numbers),
    )


def _allowance(budget: Budget) -> Allowance | None:
    numbers = budget.numbers()
    return None if numbers.limit is None else Allowance(numbers.limit, numbers.window)


def _keep(settings: Settings, database: Path, clock: Clock, numbers: BudgetNumbers) -> None:
    if numbers.requests:
        row = {**numbers.as_row(), "at": clock.now().isoformat(timespec="seconds")}
        BudgetFile(database, Account(settings.account)).keep(row)


def _log_in(settings: Settings, transport: Transport, database: Path, clock: Clock) -> OAuthLogIn | None:
    oauth = settings.lightspeed.oauth
    if oauth is None:
        return None
    return OAuthLogIn(
        transport,
        TokenFile(database, Account(settings.account), clock),
        client_id=oauth.client_id,
        client_secret=oauth.client_secret.get_secret_value(),
    )


def _erp(settings: Settings, transport: Transport, clock: Clock) -> Erp:
    erp = settings.erp
    access = TrytonAccess(
        database=erp.database,
        user=erp.user or "",
        password=erp.password.get_secret_value() if erp.password else "",
        rest_key=erp.rest_key.get_secret_value() if erp.rest_key else "",
        company=erp.company,
        language=erp.language,
        paid=erp.paid,
        zone=settings.erp_zone,
        delivery_field=erp.delivery_field,
        tag_fields=erp.tag_fields,
        page_size=erp.page_size,
    )
    return TrytonErp(transport, access, clock)


def _brakes(settings: Settings) -> Brakes:
    limits = settings.orders.brakes
    return Brakes(creates=limits.creates, voids=limits.voids, value=limits.value, deleted=limits.deleted)


def job_settings(settings: Settings) -> JobSettings:
    retail_deadline = settings.journal.call_deadline
    return JobSettings(
        names=_names(settings),
        orders_mode=Mode(settings.orders.mode),
        fulfilments_mode=Mode(settings.fulfilments.mode),
        fulfilments_to_erp=settings.fulfilments.to_erp,
        fulfilments_to_retail=settings.fulfilments.to_retail,
        rotation_share=settings.fulfilments.rotation_share,
        takeover=settings.orders.takeover,
        overlap=settings.orders.overlap,
        brakes=_brakes(settings),
        settle=settings.journal.settle,
        deadlines={
            Action.CREATE_SALE: retail_deadline,
            Action.UPDATE_SALE: retail_deadline,
            Action.VOID_SALE: retail_deadline,
            Action.COMPLETE_SHIPMENT: settings.erp.deadline,
            Action.CREATE_CUSTOMER: retail_deadline,
            Action.FULFIL_SALE: retail_deadline,
            Action.BEGIN_RETURN: retail_deadline,
            Action.FINISH_RETURN: retail_deadline,
            Action.CORRECT_STOCK: retail_deadline,
        },
        threads=settings.journal.threads,
        stock=_stock_terms(settings),
        retention=settings.orders.retention,
        stock_full_read=settings.stock.full_read,
        stock_mode=StockMode(settings.stock.mode),
        stock_way=None if settings.stock.api == AUTO else Way(settings.stock.api),
        stock_brakes=_stock_brakes(settings),
        quiet_hours=QuietHours(*settings.stock.quiet, settings.timezone) if settings.stock.quiet else None,
    )


def _stock_brakes(settings: Settings) -> StockBrakes:
    limits = settings.stock.brakes
    return StockBrakes(limits.changed, limits.to_zero, limits.matched, limits.rows_changed, limits.units)


def _stock_terms(settings: Settings) -> StockTerms:
    stock = settings.stock
    terms = StockTerms(
        start=Start(stock.erp_quantity),
        open_sales_lower_level=stock.open_sales_lower_level,
        booked_by=BookedBy(stock.till_sales.booked_by),
        booked_within=stock.till_sales.within,
        shortfall_is_shown=not settings.lightspeed.is_classic,
        moved_by=BookedBy(stock.movements.booked_by),
        moved_within=stock.movements.within,
        buffers=tuple((LocationId(code), one.buffer) for code, one in settings.locations.items() if one.buffer),
    )
    return terms_of_corrections(terms) if stock.mode == StockMode.CORRECT.value else terms


def _names(settings: Settings) -> OrderNames:
    orders, products = settings.orders, settings.orders.products

    def sku(text: str | None) -> Sku | None:
        return Sku(text) if text else None

    return OrderNames(
        account=Account(settings.account),
        erp=settings.erp.kind,
        start=orders.start,
        states=frozenset(OrderState(state) for state in orders.states),
        locations=tuple(
            LocationNames(LocationId(location), place.outlet, place.register_name, place.tax, place.closed)
            for location, place in settings.locations.items()
        ),
        user=settings.lightspeed.user,
        pickup_codes=frozenset(orders.delivery.pickup),
        dispatch_codes=frozenset(orders.delivery.dispatch),
        default_method=Method(orders.delivery.default) if orders.delivery.default else None,
        taxes=dict(orders.taxes),
        tax_free=settings.lightspeed.tax_free,
        paid_with=orders.payments.paid,
        unpaid=Unpaid(orders.payments.unpaid),
        shipping_sku=sku(products.shipping),
        discount_sku=sku(products.discount),
        rounding_sku=sku(products.rounding),
        aliases={Sku(theirs): Sku(ours) for theirs, ours in orders.skus.items()},
        tolerance=orders.tolerance,
        invoice_template=orders.invoice_number,
        customers=CustomerMode(orders.customers),
        debt=Debt(orders.payments.debt) if orders.payments.debt else None,
        fingerprint=fingerprint(settings),
        routing=_routing(orders.routing),
        fee_sku=sku(products.fee),
        match=Match(products.match),
        tax_rates=orders.tax_by_rate,
        ignore=IgnoreRules(**orders.ignore.model_dump()),
        returns=Returns(orders.returns),
    )


def _routing(routing: RoutingSettings) -> RoutingRules:
    by_method = {Method.PICKUP: routing.pickup, Method.DISPATCH: routing.dispatch}
    return RoutingRules(
        default=LocationId(routing.default) if routing.default else None,
        by_method={method: LocationId(location) for method, location in by_method.items() if location},
        by_code={code: LocationId(location) for code, location in routing.delivery.items()},
    )
