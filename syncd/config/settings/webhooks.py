"""Whether X-Series may tell the daemon that a sale changed, and who is believed to be X-Series."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.mistake import mistake
from syncd.config.secret import Secret
from syncd.config.settings.block import SettingsBlock

PATH_SECRET = re.compile(r"[A-Za-z0-9_-]{24,200}")  # nobody guesses it, and it stands in a path as it is


class WebhookSettings(SettingsBlock):
    """Webhooks that wake the job fulfilments. Nothing relies on them: the timetable finds the same, later."""

    port: int | None = Field(
        None,
        ge=1024,
        le=65535,
        description="Where syncd run listens, on 127.0.0.1 alone: a reverse proxy leads there. Unset, it does not.",
        examples=[8478],
    )
    path_secret: Secret | None = Field(
        None,
        description=(
            "Last part of the address, /webhooks/..., told to X-Series alone: 24 letters, digits, _ or - and more. "
            "Needed beside lightspeed.token, which signs nothing; with lightspeed.oauth the signature counts as well."
        ),
        examples=["${WEBHOOK_SECRET}"],
    )
    wake_every: Annotated[Duration, between("1s", "1h")] = Field(
        parse_duration("10s"),
        description="Time at least between the beginning of a run and that of one woken after it.",
        examples=["10s"],
    )

    @field_validator("path_secret")
    @classmethod
    def _fits_a_path(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not PATH_SECRET.fullmatch(secret.get_secret_value()):
            raise mistake("is no part of an address that nobody guesses", "Take what `openssl rand -hex 24` prints.")
        return secret

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        return [self.path_secret.get_secret_value()] if self.path_secret is not None else []
