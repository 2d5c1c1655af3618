"""The only place that names real adapters: settings in, ready jobs out. Here the machine's clock is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd import __version__
from syncd.config import Settings, fingerprint
from syncd.domain.clock import BootTime, Clock
from syncd.domain.ids import Account, LocationId, Sku
from syncd.domain.journal import Action
from syncd.domain.names import LocationNames, OrderNames
from syncd.domain.orders import Method, OrderState
from syncd.domain.ports import Erp
from syncd.domain.rules import Unpaid
from syncd.domain.stock_terms import BookedBy, Start, StockTerms
from syncd.erp.tryton import TrytonAccess, TrytonErp
from syncd.jobs.given import Brakes, Given, JobSettings, Mode
from syncd.lightspeed import connect, headers
from syncd.log import remember_secrets
from syncd.store.database import Database
from syncd.store.locks import Locks
from syncd.transport import Transport

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


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.store.url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_given(
    settings: Settings, *, read_only: bool = False, stopping: Callable[[], bool] = lambda: False
) -> Iterator[Given]:
    """Everything a job needs, ready and, at the end, closed.

    `read_only` makes the transport refuse every write; `stopping` is asked before each write.
    """
    remember_secrets([*settings.erp.secrets, settings.lightspeed.token.get_secret_value()])
    clock = SystemClock()
    with open_database(settings) as database:
        database.prepare()
        erp_transport = Transport(
            side="the ERP",
            base_url=settings.erp.url,
            clock=clock,
            deadline=settings.erp.deadline,
            headers={"User-Agent": f"syncd/{__version__}", "Accept-Encoding": "gzip"},
            read_only=read_only,
            connections_max=settings.journal.threads + 1,
        )
        retail_transport = Transport(
            side="X-Series",
            base_url=settings.lightspeed.base_url,
            clock=clock,
            deadline=settings.journal.call_deadline,
            headers=headers(settings.lightspeed.token.get_secret_value()),
            read_only=read_only,
            reserve=settings.lightspeed.reserve,
            hint_on_credentials="Check `lightspeed.token`: is it valid, and may its user do this?",
            connections_max=settings.journal.threads + 1,
        )
        try:
            account = Account(settings.account)
            yield Given(
                account=account,
                erp=_erp(settings, erp_transport, clock),
                retail=connect(retail_transport, settings.lightspeed.api),
                database=database,
                locks=Locks(database, account, clock),
                clock=clock,
                settings=job_settings(settings),
                stopping=stopping,
            )
        finally:
            erp_transport.close()
            retail_transport.close()


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
        page_size=erp.page_size,
    )
    return TrytonErp(transport, access, clock)


def job_settings(settings: Settings) -> JobSettings:
    till = settings.stock.till_sales
    retail_deadline = settings.journal.call_deadline
    return JobSettings(
        names=_names(settings),
        orders_mode=Mode(settings.orders.mode),
        fulfilments_mode=Mode(settings.fulfilments.mode),
        fulfilments_to_erp=settings.fulfilments.to_erp,
        takeover=settings.orders.takeover,
        overlap=settings.orders.overlap,
        brakes=Brakes(settings.orders.brakes.creates, settings.orders.brakes.voids, settings.orders.brakes.value),
        settle=settings.journal.settle,
        deadlines={
            Action.CREATE_SALE: retail_deadline,
            Action.UPDATE_SALE: retail_deadline,
            Action.VOID_SALE: retail_deadline,
            Action.COMPLETE_SHIPMENT: settings.erp.deadline,
        },
        threads=settings.journal.threads,
        stock=StockTerms(
            start=Start(settings.stock.erp_quantity),
            open_sales_lower_level=settings.stock.open_sales_lower_level,
            booked_by=BookedBy(till.booked_by),
            booked_within=till.within,
        ),
    )


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
            LocationNames(LocationId(location), place.outlet, place.register_name)
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
        fingerprint=fingerprint(settings),
    )
