"""Whether X-Series tells of sales at an address that leads to us."""

from __future__ import annotations

import pytest

from syncd.daemon.webhook import Credentials, judge_registered
from syncd.domain.retailer import Webhook

SECRET = "0123456789abcdefghijklmn"
BY_PATH, SIGNED = Credentials(path_secret=SECRET), Credentials(client_secret="of the application")
OURS = f"https://hooks.example.com/webhooks/{SECRET}"


def a_webhook(url: str = OURS, *, kind: str = "sale.update", active: bool = True) -> Webhook:
    return Webhook("w-1", kind, url, active)


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        pytest.param(OURS, BY_PATH, id="by its path"),
        pytest.param(f"https://example.com:8443/acme/webhooks/{SECRET}", BY_PATH, id="below a path of the proxy"),
        pytest.param("https://hooks.example.com/webhooks", SIGNED, id="signed"),
    ],
)
def test_one_that_leads_here_is_found(url: str, credentials: Credentials) -> None:
    found = judge_registered([a_webhook("https://example.com/elsewhere"), a_webhook(url)], credentials)

    assert found.ok
    assert SECRET not in found.message


@pytest.mark.parametrize(
    "webhooks",
    [
        pytest.param([], id="none"),
        pytest.param([a_webhook("https://hooks.example.com/webhooks/another-secret-of-another")], id="elsewhere"),
        pytest.param([a_webhook(kind="inventory.update")], id="of another kind"),
        pytest.param([a_webhook(active=False)], id="switched off"),
    ],
)
def test_where_none_does_the_address_to_register_is_said_and_no_secret(webhooks: list[Webhook]) -> None:
    found = judge_registered(webhooks, BY_PATH)

    assert not found.ok
    assert "Register sale.update for https://HOST/webhooks/<webhooks.path_secret>" in found.hint
    assert SECRET not in f"{found.message}{found.hint}"
