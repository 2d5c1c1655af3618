"""Webhooks: who wants to hear of what, and what is on its way to them. The sending itself is in `postman.py`.

An event is a row whose version went up since the hook last heard of its table, so that no act of the store needs to
know of webhooks. Several changes in one call are one event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from syncd.sandbox.exchange import VERSION_MAX, Refusal, Row, encode
from syncd.sandbox.webhook_payloads import show
from syncd.sandbox.world import World

# FACTS 5. The store has no register closures, and its consignments do not move: the last three are never sent.
TYPES = (
    "sale.update",
    "product.update",
    "customer.update",
    "inventory.update",
    "register_closure.create",
    "consignment.send",
    "consignment.receive",
)
TABLE_OF = {"product.update": "products", "customer.update": "customers"}
ENVIRONMENT = "sandbox"
HOOKS_MAX = 100
CHANGES_MAX = 10_000  # levels told of after one call; a thousand adjustments are the most one makes
DELIVERIES_MAX = 10_000  # beyond it the oldest that are over are forgotten
MIXED_LATE_S = 2  # by how much `webhook_order: mixed` holds back every other one

RETRIES_MAX = 20  # "up to 20 times over 48h" (FACTS 5); how they are spaced is not said: doubled up to a cap
RETRY_FIRST_S, RETRY_S_MAX = 10, 16_900
RETRY_TOTAL_S_MAX = 48 * 3_600

WAITING = "waiting"
DELIVERED, REFUSED, GIVEN_UP, LOST, DROPPED = "delivered", "refused", "given_up", "lost", "dropped"


def wait_s_before(retry: int) -> int:
    """Return the seconds before a retry, counted from 0."""
    return min(RETRY_FIRST_S << retry, RETRY_S_MAX)


assert sum(wait_s_before(each) for each in range(RETRIES_MAX)) <= RETRY_TOTAL_S_MAX, "retries must end after 48 hours"


@dataclass(slots=True)
class Hook:
    """One webhook of one application, or of the personal token (`app_id` None)."""

    id: str
    app_id: str | None
    type: str
    url: str
    active: bool
    since: int
    """The version up to which it heard of its table."""

    def as_row(self, world: World) -> Row:
        """Return the hook in the vendor's shape, the same in both dialects."""
        return {
            "id": self.id,
            "retailer_id": world.retailer.get("id"),
            "type": self.type,
            "url": self.url,
            "active": self.active,
        }


@dataclass(slots=True)
class Attempt:
    """One try: the status of the answer, or why there was none."""

    at: datetime
    status: int | None
    error: str | None = None


@dataclass(slots=True)
class Delivery:
    """One event on its way to one hook."""

    n: int
    hook_id: str
    type: str
    url: str
    payload: Row
    body: bytes
    signature: str | None
    due_at: datetime
    fails: int = 0
    """How many attempts are to reach nobody, by switch."""
    state: str = WAITING
    attempts: list[Attempt] = field(default_factory=list)

    def tried(self, attempt: Attempt) -> None:
        """Note an attempt and what follows: done, refused, tried again later, or given up."""
        self.attempts.append(attempt)
        status = attempt.status or 0
        if 200 <= status < 300:
            self.state = DELIVERED
        elif 300 <= status < 500:
            self.state = REFUSED  # 3xx and 4xx are not tried again (FACTS 5)
        elif len(self.attempts) > RETRIES_MAX:
            self.state = GIVEN_UP
        else:
            self.state = WAITING
            self.due_at = attempt.at + timedelta(seconds=wait_s_before(len(self.attempts) - 1))

    def as_row(self) -> Row:
        """Return the evidence."""
        return {
            "n": self.n,
            "webhook_id": self.hook_id,
            "type": self.type,
            "url": self.url,
            "payload": self.payload,
            "body": self.body.decode(),
            "signature": self.signature,
            "state": self.state,
            "due_at": self.due_at.isoformat() if self.state == WAITING else None,
            "attempts": [
                {"at": each.at.isoformat(), "status": each.status, "error": each.error} for each in self.attempts
            ],
        }


@dataclass(slots=True)
class Webhooks:
    """The hooks of the store and their deliveries."""

    hooks: dict[str, Hook] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    count: int = 0

    def of_app(self, app_id: str | None) -> list[Hook]:
        """Return the hooks an application made; it sees no others (FACTS 17, said of 0.9)."""
        return [each for each in self.hooks.values() if each.app_id == app_id]

    def find(self, app_id: str | None, hook_id: str) -> Hook | None:
        """Return one hook of an application."""
        hook = self.hooks.get(hook_id)
        return hook if hook is not None and hook.app_id == app_id else None

    def twin_of(self, app_id: str | None, fields: Row) -> Hook | None:
        """Return the hook of this application with the same type and URL."""
        wanted = (fields["type"], fields["url"])
        return next((each for each in self.of_app(app_id) if (each.type, each.url) == wanted), None)

    def add(self, world: World, app_id: str | None, fields: Row) -> Hook:
        """Add a hook whose fields were checked; it hears of what changes from now on."""
        if len(self.hooks) >= HOOKS_MAX:
            raise Refusal(422, f"The sandbox keeps {HOOKS_MAX} webhooks at most")
        hook = Hook(world.new_id(), app_id, fields["type"], fields["url"], fields["active"], world.version)
        self.hooks[hook.id] = hook
        return hook

    def notice(self, world: World, secrets_of: dict[str, str]) -> None:
        """Look what changed since the hooks last heard, and put a delivery for each change on its way."""
        for hook in self.hooks.values():
            hook.since = min(hook.since, world.version)  # a store that was put back has lower versions again
            for version, row in _changes(world, hook.type, hook.since):
                hook.since = version
                if hook.active and world.switches.webhooks != "off":
                    self._post(world, hook, show(world, hook.type, row), secrets_of.get(hook.app_id or ""))
        self._forget()

    def _post(self, world: World, hook: Hook, payload: Row, secret: str | None) -> None:
        text = encode(payload).decode()
        domain_prefix = world.retailer.get("domain_prefix", "")
        body = urlencode({"payload": text, "environment": ENVIRONMENT, "domain_prefix": domain_prefix}).encode()
        switches = world.switches
        signed = body if switches.webhook_signed == "body" else text.encode()
        signature = None if secret is None else _signature(signed, secret, switches.webhook_signature)
        for _ in range(2 if switches.webhooks == "twice" else 1):
            self.count += 1
            is_late = switches.webhook_order == "mixed" and self.count % 2 == 1
            delivery = Delivery(
                n=self.count,
                hook_id=hook.id,
                type=hook.type,
                url=hook.url,
                payload=payload,
                body=body,
                signature=signature,
                due_at=world.now() + timedelta(seconds=MIXED_LATE_S if is_late else 0),
                fails=1 if switches.webhooks == "fails_first" else 0,
                state=LOST if switches.webhooks == "lost" else WAITING,
            )
            self.deliveries.append(delivery)

    def _forget(self) -> None:
        excess = len(self.deliveries) - DELIVERIES_MAX
        if excess > 0:
            over = [each for each in self.deliveries if each.state != WAITING][:excess]
            gone = {each.n for each in over}
            self.deliveries = [each for each in self.deliveries if each.n not in gone]

    def next_due(self, now: datetime) -> Delivery | None:
        """Return the delivery to send now; those of a hook that is gone are dropped."""
        for each in self.deliveries:
            if each.state == WAITING and each.hook_id not in self.hooks:
                each.state = DROPPED
        due = [each for each in self.deliveries if each.state == WAITING and each.due_at <= now]
        return min(due, key=lambda each: (each.due_at, each.n), default=None)

    @property
    def is_waiting(self) -> bool:
        """Whether anything is yet to be sent."""
        return any(each.state == WAITING for each in self.deliveries)


def read_hook(fields: Any) -> Row:
    """Check what a hook is made of; how the vendor refuses is not documented: 400."""
    if not isinstance(fields, dict):
        raise Refusal(400, "A webhook is an object: active, type, url")
    if fields.get("type") not in TYPES:
        raise Refusal(400, f"type must be one of {', '.join(TYPES)}")
    if not isinstance(fields.get("active"), bool):
        raise Refusal(400, "active must be true or false")
    address_of(fields.get("url"))
    return fields


def address_of(url: object) -> tuple[str, int, str]:
    """Return host, port and path of a URL the sandbox may call: on loopback only, whatever the vendor allows."""
    refusal = Refusal(
        400, "url must be http:// on this machine (127.0.0.1, [::1] or localhost): the sandbox calls nobody else"
    )
    if not isinstance(url, str) or not url.isascii() or any(each <= " " for each in url):
        raise refusal
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise refusal from error
    host = "127.0.0.1" if host == "localhost" else host  # never ask a resolver where that is
    if parts.scheme != "http" or parts.username is not None or not _is_loopback(host):
        raise refusal
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _changes(world: World, kind: str, after: int) -> list[tuple[int, Any]]:
    """Return (version, row) of what changed after a version in the table an event type is about, oldest first."""
    rows: list[tuple[int, Any]] = []
    if kind == "sale.update":
        rows = [(each.version, each) for each in world.sales.values() if each.version > after]
    elif kind == "inventory.update":
        levels = world.levels.own_page(after, VERSION_MAX, CHANGES_MAX, descending=False, keep=lambda _product: True)
        rows = [(each.version, each) for each in levels]
    elif kind in TABLE_OF:
        rows = [(row["version"], row) for row in world.table(TABLE_OF[kind]).values() if row["version"] > after]
    return sorted(rows, key=lambda each: each[0])


def _signature(signed: bytes, secret: str, written: str) -> str:
    """Return the value of X-Signature; hex or base64 is UNCONFIRMED (FACTS 5)."""
    digest = hmac.new(secret.encode(), signed, hashlib.sha256)
    text = digest.hexdigest() if written == "hex" else base64.b64encode(digest.digest()).decode()
    return f"signature={text},algorithm=HMAC-SHA256"
