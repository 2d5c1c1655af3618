"""No secret leaves by the log, wherever in a line it stands."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from syncd import log
from syncd.log import CUT, cut_secrets, remember_secrets

TOKEN = "lsxs_pt_9fK2xQ71vB"
PASSWORD = "p4ss/wörd+with=signs"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log wrote, as an operator finds it."""
    remember_secrets([TOKEN, PASSWORD])
    stream = io.StringIO()
    log.configure(verbose=True, stream=stream)
    yield stream
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", [TOKEN, PASSWORD], ids=["token", "password"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{}", id="alone"),
        pytest.param("Authorization: Bearer {}", id="in-a-header"),
        pytest.param("GET https://acme.example/x?token={}&page=2", id="in-an-address"),
        pytest.param("the body was {{'a': '{}'}}, and again {}", id="twice-in-a-body"),
        pytest.param("prefix{}suffix", id="inside-a-word"),
    ],
)
def test_a_known_secret_is_cut_wherever_it_stands(secret: str, text: str) -> None:
    remember_secrets([TOKEN, PASSWORD])

    assert secret not in cut_secrets(text.replace("{}", secret))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bearer abcdef123456", f"Bearer {CUT}"),
        ("basic dXNlcjpwYXNzd29yZA==", f"basic {CUT}"),
        ("Session abc:def:ghi", f"Session {CUT}"),
        ("http://sync:hunter2@erp.internal:8000/acme", f"http://sync:{CUT}@erp.internal:8000/acme"),
        ("postgresql://sync:a:b@host/db", f"postgresql://sync:{CUT}@host/db"),
    ],
)
def test_what_looks_like_a_credential_is_cut_though_nobody_named_it(text: str, left: str) -> None:
    assert cut_secrets(text) == left


@pytest.mark.parametrize("text", ["order SO1 waits", "http://erp.internal:8000/acme", "2 x 11.50 = 23.00"])
def test_plain_words_are_left_alone(text: str) -> None:
    assert cut_secrets(text) == text


def test_a_secret_that_begins_with_another_secret_is_cut_whole() -> None:
    pairs = [(f"kept{number}", f"kept{number}-and-the-rest-of-it") for number in range(20)]
    remember_secrets([secret for pair in pairs for secret in pair])

    left = [cut_secrets(f"x {longer} y") for _, longer in pairs]

    assert [text for text in left if "rest" in text] == []


def test_too_short_a_secret_does_not_blacken_the_log() -> None:
    remember_secrets(["", "a", "SO1"])

    assert cut_secrets("order SO1 at a till") == "order SO1 at a till"


@pytest.mark.parametrize(
    "key", ["password", "token", "api_key", "apikey", "Authorization", "session", "client_secret", "refresh_token"]
)
def test_a_field_with_a_secret_name_shows_nothing(written: io.StringIO, key: str) -> None:
    log.logger("test").info("asked", **{key: "never-seen-before"})

    assert "never-seen-before" not in written.getvalue()
    assert "asked" in written.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(TOKEN, id="text"),
        pytest.param(ValueError(f"401 for {TOKEN}"), id="error"),
        pytest.param({"Authorization": f"Bearer {TOKEN}"}, id="mapping"),
        pytest.param([("a", TOKEN)], id="list"),
        pytest.param(TOKEN.encode(), id="bytes"),
        pytest.param(json.dumps({"body": TOKEN}), id="json"),
    ],
)
def test_a_secret_in_a_value_of_a_line_is_cut(written: io.StringIO, value: object) -> None:
    log.logger("test").info("asked", detail=value)

    assert "asked" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_secret_in_the_event_itself_is_cut(written: io.StringIO) -> None:
    log.logger("test").warning(f"the token {TOKEN} is not accepted")

    assert CUT in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_a_secret_in_a_traceback_is_cut(written: io.StringIO) -> None:
    try:
        raise ValueError(f"cannot log in with {PASSWORD}")
    except ValueError:
        log.logger("test").exception("a defect")

    assert "ValueError" in written.getvalue()
    assert PASSWORD not in written.getvalue()


def test_a_secret_bound_to_the_logger_is_cut(written: io.StringIO) -> None:
    log.logger("test").bind(side=TOKEN).info("asked")

    assert TOKEN not in written.getvalue()


def test_a_line_says_its_room_its_level_and_when_in_utc(written: io.StringIO) -> None:
    log.logger("apply").info("sent", entry=7)

    line = written.getvalue()
    assert "room=apply" in line
    assert "level=info" in line
    assert "entry=7" in line
    assert "Z " in line


def test_what_is_for_developers_is_left_out_unless_asked_for() -> None:
    stream = io.StringIO()
    log.configure(stream=stream)

    log.logger("test").debug("a page was read")

    structlog.reset_defaults()
    assert stream.getvalue() == ""
