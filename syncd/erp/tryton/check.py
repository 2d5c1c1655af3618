"""What `syncd check` finds out about a Tryton: version, log-in, rights to every model, and the warehouses."""

from __future__ import annotations

from collections import Counter

from syncd.domain.ports import Finding
from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.orders import LINE_FIELDS, MOVE_FIELDS, sale_fields
from syncd.erp.tryton.places import Places
from syncd.erp.tryton.session import Session
from syncd.erp.tryton.units import UNIT_FIELDS
from syncd.errors import OutsideError

VERSION = "8.2"  # what this adapter was written for and is tested with
GROUPS = "Give the user the groups Sales and Stock."


def check(session: Session, places: Places, access: TrytonAccess) -> list[Finding]:
    findings = [_version(session), _log_in(session)]
    if not findings[-1].ok:
        return findings
    for model, fields in (
        ("sale.sale", sale_fields(access)),
        ("sale.line", LINE_FIELDS),
        ("stock.move", MOVE_FIELDS),
        (
            "stock.shipment.out",
            ["number", "state", "reference", "_timestamp", "warehouse.code", "outgoing_moves.origin"],
        ),
        ("product.product", ["code", "quantity"]),
        ("product.uom", UNIT_FIELDS),
    ):
        findings.append(_model(session, model, fields))
    findings.append(_locations(places))
    return findings


def _version(session: Session) -> Finding:
    try:
        version = session.version()
    except OutsideError as error:
        return Finding("erp version", False, error.message, error.hint)
    if version.startswith(VERSION):
        return Finding("erp version", True, f"Tryton {version}")
    return Finding("erp version", False, f"Tryton {version}; this adapter was written for {VERSION}", "Use Tryton 8.2.")


def _log_in(session: Session) -> Finding:
    try:
        session.read_clock()
    except OutsideError as error:
        return Finding("erp log-in", False, error.message, error.hint)
    company = session.company
    if company is None:
        return Finding("erp log-in", False, "the user has no company", "Set `company`, or the user's own in Tryton.")
    return Finding("erp log-in", True, f"logged in, company {company}")


def _model(session: Session, model: str, fields: list[str]) -> Finding:
    subject = f"erp {model}"
    try:
        session.call(f"model.{model}.search_read", [], 0, 1, [["id", "ASC"]], fields)
    except OutsideError as error:
        return Finding(subject, False, error.message, error.hint or GROUPS)
    return Finding(subject, True, "can be read")


def _locations(places: Places) -> Finding:
    try:
        names = [name for _, name in places.read()]
    except OutsideError as error:
        return Finding("erp locations", False, error.message, error.hint or GROUPS)
    if not names:
        return Finding("erp locations", False, "there is no warehouse", "Make one in Tryton.")
    if doubled := [name for name, count in Counter(names).items() if count > 1]:
        return Finding(
            "erp locations",
            False,
            f"several warehouses are called {', '.join(doubled)}",
            "Give each a code of its own.",
        )
    return Finding("erp locations", True, ", ".join(sorted(names)))
