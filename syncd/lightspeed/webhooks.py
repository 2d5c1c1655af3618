"""Webhooks: where X-Series tells of changes. They are hints to poll; nothing relies on them."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from syncd.domain.retailer import Webhook
from syncd.lightspeed import calls
from syncd.lightspeed.asking import Asking
from syncd.lightspeed.catalogue import to_webhook
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.envelope import Rows
from syncd.lightspeed.wire import Decoder
from syncd.lightspeed.wire_reference import Webhook as WireWebhook
from syncd.lightspeed.wire_reference import WebhookRequest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_webhooks = Rows(WireWebhook)
_webhook = Decoder(WireWebhook)


class Webhooks(Asking):
    """Webhooks in either dialect. The classic one shows those of the calling application only (FACTS 17)."""

    def read_webhooks(self) -> list[Webhook]:
        page = self._typed(calls.WEBHOOKS, self._send(calls.WEBHOOKS), _webhooks)
        return self._translated(calls.WEBHOOKS, page.rows, to_webhook)

    def create_webhook(self, kind: str, url: str) -> Webhook:
        """Write. Raise Conflict when there is one of this kind at this address."""
        row, request = calls.CREATE_WEBHOOK, WebhookRequest(True, kind, url)
        body, headers = to_json(request), {}
        if self._is_classic:
            body, headers = urlencode({"data": msgspec.json.encode(request).decode()}).encode(), FORM
        return self._written(row, self._send(row, body=body, headers=headers), _webhook, to_webhook)

    def update_webhook(self, webhook: Webhook) -> Webhook:
        """Write: make it so."""
        row, request = calls.UPDATE_WEBHOOK, WebhookRequest(webhook.active, webhook.kind, webhook.url)
        answer = self._send(row, path={"webhook_id": webhook.id}, body=to_json(request))
        return self._written(row, answer, _webhook, to_webhook)

    def delete_webhook(self, webhook: Webhook) -> None:
        """Write. The answer has no body."""
        self._send(calls.DELETE_WEBHOOK, path={"webhook_id": webhook.id})
