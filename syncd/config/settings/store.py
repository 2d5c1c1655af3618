"""Where the database is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, Field, PlainSerializer, WithJsonSchema

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.mistake import mistake
from syncd.config.secret import REDACTED
from syncd.config.settings.block import SettingsBlock

SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
POSTGRESQL_EXAMPLE = "As in postgresql://user:password@host/acme."


def _check(url: str) -> str:
    if url.startswith(SQLITE):
        return _check_file(url)
    if url.startswith(POSTGRESQL):
        return _check_server(url)
    hint = f"An absolute path has four slashes: sqlite:////var/lib/syncd/acme.db. {POSTGRESQL_EXAMPLE}"
    raise mistake("must begin with sqlite:/// or postgresql://", hint)


def _check_file(url: str) -> str:
    name = url.removeprefix(SQLITE)
    if not name.strip("/") or name.endswith("/") or ":memory:" in name or "?" in name or "#" in name:
        # The locks lie beside the database file, so it must be one.
        raise mistake("must name a file", "As in sqlite:////var/lib/syncd/acme.db.")
    return url


def _check_server(url: str) -> str:
    escaped = "Letters such as @ and / in a password are written %40 and %2F."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise mistake("is not the address of a database", escaped) from None
    if parts.netloc.count("@") > 1:
        raise mistake("has two @", escaped)
    if not re.fullmatch(r"/[^/]+", parts.path) or parts.fragment:
        raise mistake("must name a database", POSTGRESQL_EXAMPLE)
    if "password" in parse_qs(parts.query):
        # Behind the question mark nothing would cut it from what is shown.
        raise mistake("has its password at the wrong place", POSTGRESQL_EXAMPLE)
    return url


def _without_password(url: str) -> str:
    return re.sub(r"^(postgresql://[^:@/?]*):[^@/?]*@", rf"\1:{REDACTED}@", url)


Address = Annotated[
    str,
    AfterValidator(_check),
    PlainSerializer(_without_password, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(sqlite:///|postgresql://)"}),
]


class StoreSettings(SettingsBlock):
    """The database: what was seen, decided and answered."""

    url: Address = Field(
        repr=False,  # it may hold a password
        description="Its address: a SQLite file (four slashes before an absolute path), or postgresql://user:password@"
        "host/database, 14 or newer. One database an account.",
        examples=["sqlite:////var/lib/syncd/acme.db"],
    )
    folder: Path = Field(
        Path("/var/lib/syncd"),
        description="Folder of the small files that are not kept in PostgreSQL, such as OAuth tokens. "
        "With SQLite they lie beside the database.",
        examples=["/var/lib/syncd"],
    )
    # Above the age at which a sender no longer sends (SENDING_AGE_MAX): who slept this long has nothing on its way.
    frozen_after: Annotated[Duration, between("6s", "10m")] = Field(
        parse_duration("30s"),
        description="With PostgreSQL: after what silence of a frozen or vanished process another may take over.",
        examples=["30s"],
    )

    @property
    def secrets(self) -> list[str]:
        """The password, as it is written and as it is meant."""
        written = urlsplit(self.url).password if self.url.startswith(POSTGRESQL) else None
        return [written, unquote(written)] if written else []
