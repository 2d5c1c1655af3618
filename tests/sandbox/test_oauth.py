"""OAuth 2: approval, code, tokens that expire, refresh tokens that rotate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from syncd.sandbox import RunningSandbox
from syncd.sandbox.oauth import CLIENT_ID, CLIENT_SECRET

from .builders import DATED, Shop
from .clock import SetClock

BACK = "http://127.0.0.1:9/callback"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def timed(clock: SetClock) -> Iterator[Shop]:
    with (
        RunningSandbox(clock=clock) as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False, verify=False) as client,
    ):
        yield Shop(client)


def connect(shop: Shop, **changes: Any) -> httpx.Response:
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": BACK,
        "state": "12345678",
        "scope": "sales:read outlets:read",
    } | changes
    asked = {name: value for name, value in asked.items() if value is not None}
    return shop.client.get("/connect", params=asked, headers={"Authorization": ""})


def approved(shop: Shop, **changes: Any) -> str:
    (code,) = parse_qs(urlsplit(connect(shop, **changes).headers["Location"]).query)["code"]
    return code


def ask_token(shop: Shop, **form: str) -> httpx.Response:
    return shop.client.post("/api/1.0/token", data=APP | form, headers={"Authorization": ""})


def redeem(shop: Shop, code: str, /, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK} | changes
    return ask_token(shop, **form)


def refresh(shop: Shop, token: str, **changes: str) -> httpx.Response:
    return ask_token(shop, **{"grant_type": "refresh_token", "refresh_token": token} | changes)


def signed_in(shop: Shop) -> dict[str, Any]:
    tokens: dict[str, Any] = redeem(shop, approved(shop)).json()
    return tokens


def status_with(shop: Shop, token: str) -> int:
    return shop.client.get(f"{DATED}/sales", headers={"Authorization": f"Bearer {token}"}).status_code


def test_an_approval_leads_back_with_a_code(shop: Shop) -> None:
    answer = connect(shop)

    target = urlsplit(answer.headers["Location"])
    told = parse_qs(target.query)
    assert (answer.status_code, f"{target.scheme}://{target.netloc}{target.path}") == (302, BACK)
    assert told.pop("code")[0]
    assert told == {"domain_prefix": ["sandbox"], "state": ["12345678"], "scope": ["sales:read outlets:read"]}


def test_the_way_back_may_have_a_query_of_its_own(shop: Shop) -> None:
    answer = connect(shop, redirect_uri=f"{BACK}?shop=1")

    assert answer.headers["Location"].startswith(f"{BACK}?shop=1&code=")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"response_type": "token"}, "response_type must be code", id="no code asked for"),
        pytest.param({"client_id": "nobody"}, "client_id is not known", id="unknown application"),
        pytest.param({"redirect_uri": None}, "redirect_uri must be", id="no way back"),
        pytest.param({"redirect_uri": "javascript:alert(1)"}, "redirect_uri must be", id="no web address"),
        pytest.param({"state": "1234567"}, "state must have 8 characters", id="short state"),
        pytest.param({"scope": None}, "scope is required", id="no scope"),
        pytest.param({"scope": "sales:read sails:read"}, "scope is unknown: sails:read", id="misspelt scope"),
    ],
)
def test_a_bad_request_for_approval_is_refused(shop: Shop, changes: dict[str, str | None], message: str) -> None:
    answer = connect(shop, **changes)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


def test_a_code_is_swapped_for_tokens(timed: Shop, clock: SetClock) -> None:
    answer = redeem(timed, approved(timed))

    tokens = answer.json()
    assert answer.status_code == 200
    assert tokens == {
        "access_token": tokens["access_token"],
        "token_type": "Bearer",
        "expires": int(clock.now.timestamp()) + 86_400,
        "expires_in": 86_400,
        "refresh_token": tokens["refresh_token"],
        "domain_prefix": "sandbox",
        "scope": "sales:read outlets:read",
    }
    assert status_with(timed, tokens["access_token"]) == 200


def test_a_code_works_once(shop: Shop) -> None:
    code = approved(shop)

    answers = [redeem(shop, code) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 400]
    assert answers[1].json() == {"error": "invalid_grant", "message": "The code is unknown, used or expired"}


def test_a_code_is_good_for_ten_minutes(timed: Shop, clock: SetClock) -> None:
    early, late = approved(timed), approved(timed)

    clock.advance(599)
    in_time = redeem(timed, early).status_code
    clock.advance(1)

    assert (in_time, redeem(timed, late).status_code) == (200, 400)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"client_id": "nobody"}, 401, "invalid_client", id="unknown application"),
        pytest.param({"redirect_uri": "http://127.0.0.1:9/other"}, 400, "invalid_grant", id="another way back"),
        pytest.param({"code": "made-up"}, 400, "invalid_grant", id="unknown code"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="another grant"),
    ],
)
def test_a_bad_request_for_tokens_is_refused_and_spends_no_code(
    shop: Shop, changes: dict[str, str], status: int, error: str
) -> None:
    code = approved(shop)

    answer = redeem(shop, code, **changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert redeem(shop, code).status_code == 200


def test_tokens_are_asked_for_by_form_and_never_in_the_url(shop: Shop) -> None:
    form = APP | {"grant_type": "authorization_code", "code": approved(shop), "redirect_uri": BACK}

    as_json = shop.client.post("/api/1.0/token", json=form)
    in_url = shop.client.post("/api/1.0/token", params=form, data=form)

    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
    assert (in_url.status_code, in_url.json()["error"]) == (400, "invalid_request")


def test_an_access_token_expires_and_is_refreshed(timed: Shop, clock: SetClock) -> None:
    timed.switch(access_token_s=3600)
    old = signed_in(timed)
    clock.advance(3599)
    before = status_with(timed, old["access_token"])
    clock.advance(1)

    after = status_with(timed, old["access_token"])
    new = refresh(timed, old["refresh_token"]).json()

    assert (before, after, status_with(timed, new["access_token"])) == (200, 401, 200)
    assert (new["expires_in"], new["scope"]) == (3600, old["scope"])


def test_a_refresh_ends_both_old_tokens(shop: Shop) -> None:
    old = signed_in(shop)

    new = refresh(shop, old["refresh_token"]).json()
    again = refresh(shop, old["refresh_token"])

    assert status_with(shop, old["access_token"]) == 401
    assert status_with(shop, new["access_token"]) == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_failed_refresh_leaves_the_tokens_as_they_are(shop: Shop) -> None:
    tokens = signed_in(shop)

    refused = refresh(shop, tokens["refresh_token"], client_secret="wrong")

    assert refused.status_code == 401
    assert status_with(shop, tokens["access_token"]) == 200
    assert refresh(shop, tokens["refresh_token"]).status_code == 200


def test_a_refresh_whose_answer_was_lost_is_lost_for_good(shop: Shop) -> None:
    tokens = signed_in(shop)
    shop.fault("lost_after_commit", path="/token$")

    with pytest.raises(httpx.RemoteProtocolError):
        refresh(shop, tokens["refresh_token"])

    assert refresh(shop, tokens["refresh_token"]).status_code == 400
    assert status_with(shop, tokens["access_token"]) == 401


def test_the_token_endpoint_has_a_limit_of_its_own(timed: Shop, clock: SetClock) -> None:
    timed.switch(token_rate_limit=2, rate_limit=1)
    tokens = signed_in(timed)
    second = refresh(timed, tokens["refresh_token"])

    third = refresh(timed, second.json()["refresh_token"])
    clock.advance(300)

    seen = [{name: each.headers[name] for name in LIMIT_HEADERS} for each in (second, third)]
    ends = str(int(clock.now.timestamp()))
    assert seen == [dict(zip(LIMIT_HEADERS, ("2", "0", ends), strict=True))] * 2
    assert (third.status_code, third.headers["Retry-After"]) == (429, "Wed, 01 Jul 2026 12:05:00 GMT")
    assert refresh(timed, second.json()["refresh_token"]).status_code == 200


LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def test_the_log_tells_no_secret_and_counts_no_write(shop: Shop) -> None:
    tokens = signed_in(shop)
    refresh(shop, tokens["refresh_token"])
    shop.client.post("/api/1.0/token", json=APP)
    shop.client.post("/api/1.0/token", params=APP)
    refresh(shop, tokens["refresh_token"])

    raw = shop.client.get("/_sandbox/log").text
    refreshed = next(each for each in shop.get("/_sandbox/log")["requests"] if "expires" in each["answer"])
    assert tokens["refresh_token"] not in raw
    assert tokens["access_token"] not in raw
    assert CLIENT_SECRET not in raw
    assert (refreshed["path"], refreshed["status"], refreshed["write"]) == ("/api/1.0/token", 200, False)
    assert refreshed["answer"]["refresh_token"] == "..."


def test_an_auditor_sees_how_often_tokens_were_refreshed(shop: Shop) -> None:
    old = signed_in(shop)
    new = refresh(shop, old["refresh_token"]).json()
    refresh(shop, old["refresh_token"])

    told = shop.get("/_sandbox/oauth")

    assert (told["issued"], told["refreshed"], told["refused"]) == (1, 1, 1)
    assert [(each["access_token"], each["refreshes"]) for each in told["grants"]] == [(new["access_token"], 1)]


def test_tokens_can_be_had_without_a_browser_and_made_to_expire(shop: Shop) -> None:
    tokens = shop.do("POST", "/_sandbox/oauth/grants", {"scope": "sales:read"})
    before = status_with(shop, tokens["access_token"])

    shop.do("POST", "/_sandbox/oauth/expire")

    assert (before, status_with(shop, tokens["access_token"])) == (200, 401)
    assert refresh(shop, tokens["refresh_token"]).status_code == 200


def test_a_reset_forgets_every_token(shop: Shop) -> None:
    tokens = signed_in(shop)

    shop.do("POST", "/_sandbox/reset", {"fixture": "demo"})

    assert status_with(shop, tokens["access_token"]) == 401
    assert refresh(shop, tokens["refresh_token"]).status_code == 400
