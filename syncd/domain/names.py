"""From the names in the config to the ids of X-Series: every name must exist, be active, and be at its outlet."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncd.domain.catalogue import Match, Reference, ReferenceKind
from syncd.domain.customers import CustomerMode
from syncd.domain.ids import Account, LocationId, OutletId, PaymentTypeId, RegisterId, Sku, TaxId, UserId
from syncd.domain.orders import Method, OrderState
from syncd.domain.ports import Finding
from syncd.domain.rules import Debt, IgnoreRules, OrderRules, Returns, Route, RoutingRules, Unpaid
from syncd.domain.taxes import percent


@dataclass(frozen=True, slots=True)
class LocationNames:
    location: LocationId
    outlet: str
    register: str
    tax: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class OrderNames:
    """The integrator's decisions as they stand in the file."""

    account: Account
    erp: str
    start: datetime
    states: frozenset[OrderState]
    locations: tuple[LocationNames, ...]
    user: str
    pickup_codes: frozenset[str]
    dispatch_codes: frozenset[str]
    default_method: Method | None
    taxes: Mapping[str, str]
    tax_free: str
    paid_with: str | None
    unpaid: Unpaid
    shipping_sku: Sku | None
    discount_sku: Sku | None
    rounding_sku: Sku | None
    aliases: Mapping[Sku, Sku]
    tolerance: Decimal
    invoice_template: str
    fingerprint: str
    ignore: IgnoreRules = field(default_factory=IgnoreRules)
    routing: RoutingRules = field(default_factory=RoutingRules)
    fee_sku: Sku | None = None
    match: Match = Match.EXACT
    tax_rates: Mapping[Decimal, str] = field(default_factory=dict)  # by the rate as a fraction
    customers: CustomerMode = CustomerMode.NONE
    debt: Debt | None = None
    returns: Returns = Returns.HOLD


@dataclass(frozen=True, slots=True)
class Resolved:
    """`rules` unless something is wrong that concerns every order; `pins` says which id each name stands for."""

    rules: OrderRules | None
    findings: tuple[Finding, ...]
    pins: tuple[tuple[ReferenceKind, str, str], ...]


_WORD = {
    ReferenceKind.OUTLET: ("outlet", "locations"),
    ReferenceKind.REGISTER: ("register", "locations"),
    ReferenceKind.USER: ("user", "lightspeed.user"),
    ReferenceKind.TAX: ("tax", "orders.taxes"),
    ReferenceKind.PAYMENT_TYPE: ("payment type", "orders.payments.paid"),
}


class _Finder:
    def __init__(self, references: Iterable[Reference]) -> None:
        self._references = list(references)
        self.findings: list[Finding] = []
        self.is_stopped = False  # by a finding without which no order can be decided
        self.pins: dict[tuple[ReferenceKind, str], str] = {}

    def stop(self, where: str, problem: str, hint: str) -> None:
        self.is_stopped = True
        self.findings.append(Finding(where, False, problem, hint))

    def find(
        self, kind: ReferenceKind, name: str, *, where: str = "", outlet: OutletId | None = None, may_rest: bool = False
    ) -> Reference | None:
        """The one active thing of this name. `may_rest`: an inactive one will do, and is told."""
        word, key = _WORD[kind]
        where = where or key
        named = {one.id: one for one in self._references if one.kind is kind and one.name == name}
        at_outlet = [one for one in named.values() if outlet is None or one.outlet == outlet]
        active = [one for one in at_outlet if one.active]
        problem = hint = ""
        if not named:
            problem = f'X-Series has no {word} "{name}"'
            hint = self._did_you_mean(kind, name)
        elif not at_outlet:
            problem = f'the register "{name}" is not at this outlet'
            hint = "Name a register of the same outlet."
        elif not active and may_rest and len(at_outlet) == 1:
            self.findings.append(Finding(where, False, not_active(word, name), "Its orders wait until it is."))
            active = at_outlet
        elif not active:
            problem = not_active(word, name)
            hint = "Activate it in X-Series or name another."
        elif len(active) > 1:
            problem = f'X-Series has {len(active)} times the {word} "{name}"'
            hint = "Rename one of them."
        elif active[0].internal:
            problem = f'the {word} "{name}" is one that X-Series keeps for itself'
            hint = "Name one that the retailer has made."
        if problem:
            self.stop(where, problem, hint)
            return None
        if active[0].active:
            self.findings.append(Finding(where, True, f'{word} "{name}" is {active[0].id}'))
        self.pins[kind, name if outlet is None else f"{outlet}/{name}"] = active[0].id
        return active[0]

    def whatever(self, kind: ReferenceKind, name: str, *, outlet: OutletId) -> Reference:
        """What is left of a register whose outlet is not active: X-Series may have forgotten it with its outlet."""
        left = (one for one in self._references if one.kind is kind and one.name == name and one.outlet == outlet)
        return next(left, Reference(kind, "", name, active=False, outlet=outlet))

    def zone(self, outlet: Reference, *, where: str) -> ZoneInfo | None:
        try:
            return ZoneInfo(outlet.zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            problem = f'the outlet "{outlet.name}" has the time zone "{outlet.zone}", which nobody knows'
            self.stop(where, problem, "Correct the outlet's time zone in X-Series.")
            return None

    def _did_you_mean(self, kind: ReferenceKind, name: str) -> str:
        names = sorted({one.name for one in self._references if one.kind is kind and one.active})
        close = difflib.get_close_matches(name, names, n=1)
        return f'Did you mean "{close[0]}"?' if close else f"It has: {', '.join(names[:10]) or 'none'}."


def resolve(names: OrderNames, references: Sequence[Reference]) -> Resolved:
    """Turn names into ids, and say of each what is wrong with it."""
    finder = _Finder(references)
    routes = _routes(names, finder)
    user = finder.find(ReferenceKind.USER, names.user)
    no_tax = finder.find(ReferenceKind.TAX, names.tax_free, where="lightspeed.tax_free")
    taxes = {
        erp_name: finder.find(ReferenceKind.TAX, name, where=f"orders.taxes.{erp_name}")
        for erp_name, name in names.taxes.items()
    }
    tax_rates = _tax_rates(names, finder)
    paid_with = finder.find(ReferenceKind.PAYMENT_TYPE, names.paid_with) if names.paid_with else None
    pins = tuple((kind, name, id_) for (kind, name), id_ in finder.pins.items())
    findings = tuple(finder.findings)
    if user is None or no_tax is None or finder.is_stopped:
        return Resolved(None, findings, pins)
    rules = OrderRules(
        account=names.account,
        erp=names.erp,
        start=names.start,
        states=names.states,
        routes=routes,
        user=UserId(user.id),
        pickup_codes=names.pickup_codes,
        dispatch_codes=names.dispatch_codes,
        default_method=names.default_method,
        taxes={erp_name: TaxId(tax.id) for erp_name, tax in taxes.items() if tax is not None},
        no_tax=TaxId(no_tax.id),
        paid_with=PaymentTypeId(paid_with.id) if paid_with else None,
        unpaid=names.unpaid,
        shipping_sku=names.shipping_sku,
        discount_sku=names.discount_sku,
        rounding_sku=names.rounding_sku,
        aliases={names.match.key(theirs): ours for theirs, ours in names.aliases.items()},
        tolerance=names.tolerance,
        invoice_template=names.invoice_template,
        ignore=names.ignore,
        returns=names.returns,
        routing=names.routing,
        fee_sku=names.fee_sku,
        match=names.match,
        tax_rates=tax_rates,
        customers=names.customers,
        debt=names.debt,
    )
    return Resolved(rules, findings, pins)


def _tax_rates(names: OrderNames, finder: _Finder) -> dict[Decimal, TaxId]:
    taxes = {}
    for rate, name in names.tax_rates.items():
        where = f"orders.tax_rates.{percent(rate)}"
        tax = finder.find(ReferenceKind.TAX, name, where=where)
        if tax is None:
            continue
        if tax.rate is not None and tax.rate != rate:
            hint = "Name a tax of this rate, or give this one by the ERP's name under orders.taxes."
            finder.stop(where, f'the tax "{name}" is {percent(tax.rate)} in X-Series', hint)
        taxes[rate] = TaxId(tax.id)
    return taxes


def _routes(names: OrderNames, finder: _Finder) -> dict[LocationId, Route]:
    routes = {}
    for place, one in enumerate(names.locations):
        outlet = finder.find(ReferenceKind.OUTLET, one.outlet, where=f"locations.{one.location}.outlet", may_rest=True)
        if outlet is None:
            continue
        outlet_id = OutletId(outlet.id)
        where = f"locations.{one.location}.register"
        register = (
            finder.find(ReferenceKind.REGISTER, one.register, where=where, outlet=outlet_id, may_rest=True)
            if outlet.active
            else finder.whatever(ReferenceKind.REGISTER, one.register, outlet=outlet_id)
        )
        zone = finder.zone(outlet, where=f"locations.{one.location}.outlet")
        tax = finder.find(ReferenceKind.TAX, one.tax, where=f"locations.{one.location}.tax") if one.tax else None
        if register is not None and zone is not None:
            routes[one.location] = Route(
                location=one.location,
                place=place,
                outlet=outlet_id,
                outlet_name=outlet.name,
                register=RegisterId(register.id),
                zone=zone,
                currency=outlet.currency,
                tax=TaxId(tax.id) if tax is not None else None,
                tax_rate=tax.rate if tax is not None else None,
                closed=_closed(one, outlet, register),
            )
    return routes


def _closed(one: LocationNames, outlet: Reference, register: Reference) -> str:
    """Why nothing can be made there today; empty when it can."""
    if one.closed:
        return f"locations.{one.location}.closed is true"
    if not outlet.active:
        return not_active("outlet", outlet.name)
    return "" if register.active else not_active("register", register.name)


def not_active(word: str, name: str) -> str:
    return f'the {word} "{name}" is not active in X-Series'
