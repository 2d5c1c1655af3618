"""Where the database is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from syncd.config.mistake import mistake
from syncd.config.settings.block import SettingsBlock

SQLITE = "sqlite:///"


def _check(url: str) -> str:
    name = url.removeprefix(SQLITE)
    if name == url:
        raise mistake("must begin with sqlite:///", "An absolute path has four: sqlite:////var/lib/syncd/acme.db.")
    if not name.strip("/") or name.endswith("/") or ":memory:" in name or "?" in name or "#" in name:
        # The locks lie beside the database file, so it must be one.
        raise mistake("must name a file", "As in sqlite:////var/lib/syncd/acme.db.")
    return url


class StoreSettings(SettingsBlock):
    """The database: what was seen, decided and answered."""

    url: Annotated[str, AfterValidator(_check), WithJsonSchema({"type": "string", "pattern": r"^sqlite:///"})] = Field(
        description="Its address; four slashes before an absolute path. One database an account.",
        examples=["sqlite:////var/lib/syncd/acme.db"],
    )

    @property
    def path(self) -> Path:
        """The database file; a path without a leading slash counts from the working directory."""
        return Path(self.url.removeprefix(SQLITE))
