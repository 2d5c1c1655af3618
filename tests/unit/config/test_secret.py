"""Where secrets come from, and that they go nowhere else."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.bootstrap import secrets_of
from syncd.config import ConfigInvalid, load, show
from tests.unit.config.config_file import ENVIRON, PASSWORD, RIGHT, TOKEN, WEBHOOK_SECRET, loaded, refused, with_change

MARK = "hunter2hunter2"


def test_a_secret_may_be_the_whole_of_a_file_beside_the_config(tmp_path):
    (tmp_path / "password.txt").write_text(f"{MARK}\n")

    settings = loaded(tmp_path, with_change("${TRYTON_PASSWORD}", "{file: password.txt}"))

    assert settings.erp.password.get_secret_value() == MARK


def test_a_secret_may_be_a_credential_of_systemd(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "tryton-password").write_text(MARK)
    text = with_change("${TRYTON_PASSWORD}", "{credential: tryton-password}")

    settings = loaded(tmp_path, text, {**ENVIRON, "CREDENTIALS_DIRECTORY": str(folder)})

    assert settings.erp.password.get_secret_value() == MARK


def test_a_rest_key_stands_instead_of_user_and_password_and_is_as_secret(tmp_path):
    text = with_change("  user: sync\n  password: ${TRYTON_PASSWORD}", f"  rest_key: {MARK}")

    settings = loaded(tmp_path, text)

    assert settings.erp.secrets == [MARK]
    assert (settings.erp.user, settings.erp.password) == (None, None)
    assert show(settings)["erp"]["rest_key"] == "********"
    assert MARK not in repr(settings)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{file: nowhere.txt}", "the file it names cannot be read (No such file or directory)"),
        ("{file: .}", "the file it names cannot be read (Is a directory)"),
        ("{file: bytes}", "the file it names cannot be read as text"),
        ("{file: blank}", "is empty"),
        ("{file: lines}", "has a line break or control character inside"),
        ("{file: huge}", "the file it names is larger than 65536 bytes"),
        ("{fiel: a}", "is no secret"),
        ("{file: a, credential: b}", "is no secret"),
        ("{file: }", "is no secret"),
        ("[a]", "must be a text"),
        ("{credential: a}", "no credentials were given to this process"),
    ],
)
def test_a_secret_that_cannot_be_had_is_a_problem(tmp_path, source, words):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "blank").write_text(" \n")
    (tmp_path / "lines").write_text("a\nb\n")
    (tmp_path / "huge").write_text("a" * 65537)

    (line,) = refused(tmp_path, with_change("${TRYTON_PASSWORD}", source))

    assert f"erp.password: {words}" in line


@pytest.mark.parametrize("name", ["../acme.yaml", "/etc/passwd", "..", "a/b"])
def test_the_name_of_a_credential_is_no_path(tmp_path, name):
    text = with_change("${TRYTON_PASSWORD}", f"{{credential: {name}}}")

    (line,) = refused(tmp_path, text, {**ENVIRON, "CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert "is not the name of a credential" in line


def test_settings_are_shown_without_their_secrets(tmp_path):
    shown = show(loaded(tmp_path, RIGHT))

    assert shown["erp"]["password"] == "********"
    assert shown["lightspeed"]["token"] == "********"
    assert PASSWORD not in str(shown)
    assert TOKEN not in str(shown)


def test_the_secret_path_of_webhooks_is_shown_nowhere(tmp_path):
    settings = loaded(tmp_path, RIGHT + f"webhooks: {{port: 8478, path_secret: {WEBHOOK_SECRET}}}\n")

    assert show(settings)["webhooks"] == {"port": 8478, "path_secret": "********", "wake_every": "10s"}
    assert WEBHOOK_SECRET not in repr(settings)
    assert WEBHOOK_SECRET in secrets_of(settings)


def test_settings_are_shown_as_the_file_says_them(tmp_path):
    shown = show(loaded(tmp_path, RIGHT))

    downtown = {"outlet": "Downtown", "register": "Online Downtown", "tax": None}
    assert shown["locations"]["DOWNTOWN"] == downtown | {"closed": False, "buffer": "0"}
    assert shown["orders"]["overlap"] == "10m"
    assert shown["orders"]["start"] == "2026-12-01T00:00:00+13:00"
    assert shown["lightspeed"]["reserve"] == "10%"
    assert shown["schedule"]["stock"] == "15m"
    assert shown["timezone"] == "UTC"


@pytest.mark.parametrize("key", ["erp.password", "lightspeed.token", "erp.page_size", "erp.kind", "orders.start"])
@given(prefix=st.text(st.sampled_from("*&!%@`|>{}[]\"'#:?-, \\~.$9a\n\t"), max_size=6))
def test_a_secret_in_the_wrong_words_or_place_is_in_no_error(tmp_path_factory, key, prefix):
    path = tmp_path_factory.mktemp("config") / "acme.yaml"
    block, name = key.split(".")
    line = next((line for line in RIGHT.splitlines() if line.startswith(f"  {name}:")), None)
    written = f"  {name}: {prefix}{MARK}"
    path.write_text(with_change(line, written) if line else with_change(f"{block}:\n", f"{block}:\n{written}\n"))

    said = ""
    try:
        said = repr(load(path, ENVIRON))
    except ConfigInvalid as error:
        said = f"{error} {error!r} {''.join(traceback.format_exception(error))}"

    assert MARK not in said or _became_a_key(said)


def _became_a_key(said):
    """A prefix such as `{a, ` makes a key of the mark, and an unknown key must be named."""
    return f"{MARK}: unknown key" in said or f"{MARK}: duplicate key" in said


def test_a_variable_that_does_not_fit_its_key_is_not_quoted(tmp_path):
    text = with_change("kind: tryton", "kind: ${TRYTON_PASSWORD}")

    (line,) = refused(tmp_path, text)

    assert PASSWORD not in line


POSTGRESQL = with_change(
    "sqlite:////var/lib/syncd/acme.db", "'postgresql://ada:pass-Word%2F9@db.internal/acme?sslmode=require'"
)


def test_the_password_of_the_database_is_not_shown(tmp_path):
    settings = loaded(tmp_path, POSTGRESQL)

    assert show(settings)["store"]["url"] == "postgresql://ada:********@db.internal/acme?sslmode=require"
    assert settings.store.secrets == ["pass-Word%2F9", "pass-Word/9"]
    assert "pass-Word" not in repr(settings)


def test_an_address_without_a_password_is_shown_as_it_is(tmp_path):
    url = "postgresql:///acme?host=/run/postgresql"
    settings = loaded(tmp_path, with_change("sqlite:////var/lib/syncd/acme.db", f"'{url}'"))

    assert show(settings)["store"]["url"] == url
    assert settings.store.secrets == []
