"""Which X-Series account, and how to reach it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from syncd.config.duration import Duration, between
from syncd.config.mistake import mistake
from syncd.config.percentage import Percentage, at_most
from syncd.config.secret import Secret
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.web_address import WebAddress, is_loopback

CLASSIC = "classic"
API_VERSION = r"^(classic|20[0-9]{2}-(0[1-9]|1[0-2]))$"
DOMAIN = "retail.lightspeed.app"


class OAuthSettings(SettingsBlock):
    """An application of yours, which people log in to X-Series with."""

    client_id: Text = Field(description="Id of the application.", examples=["${LIGHTSPEED_CLIENT_ID}"])
    client_secret: Secret = Field(description="Its secret.", examples=["${LIGHTSPEED_CLIENT_SECRET}"])
    redirect_url: WebAddress = Field(
        "http://127.0.0.1:8477/callback",
        description="Where a browser is sent after a log-in; it must be registered with the application.",
        examples=["http://127.0.0.1:8477/callback"],
    )


class RateSettings(SettingsBlock):
    """How many requests may be made, where the headers of the answers are not to be believed."""

    requests: int = Field(ge=1, le=1_000_000, description="Requests in one window.", examples=[350])
    window: Annotated[Duration, between("100ms", "24h")] = Field(description="Length of the window.", examples=["5m"])


class LightspeedSettings(SettingsBlock):
    """Lightspeed Retail (X-Series), where sales stand and stock is shown."""

    domain_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] | None = Field(
        None,
        description="The account's own part of its address; acme for acme.retail.lightspeed.app.",
        examples=["acme"],
    )
    url: WebAddress | None = Field(
        None,
        validate_default=True,
        description="Instead of domain_prefix: the whole address, of a sandbox for example.",
        examples=["http://127.0.0.1:8765"],
    )
    api: str = Field(
        pattern=API_VERSION,
        description='Version of the API: a date such as "2026-07", or classic (register_sales and 2.0).',
        examples=["2026-07"],
    )
    token: Secret | None = Field(
        None,
        description="Personal token: ${VAR}, {file: path}, or {credential: name} from systemd. Or else oauth.",
        examples=["${LIGHTSPEED_TOKEN}"],
    )
    oauth: OAuthSettings | None = Field(
        None,
        validate_default=True,
        description="Instead of token: an application of yours; then `syncd auth login`.",
        examples=[{"client_id": "${LIGHTSPEED_CLIENT_ID}", "client_secret": "${LIGHTSPEED_CLIENT_SECRET}"}],
    )
    user: Text = Field(description="Name of the user that sales are recorded under.", examples=["erp-sync"])
    reserve: Annotated[Percentage, at_most("90%")] = Field(
        Decimal("0.1"),
        description="Share of the account's request allowance that is left to others.",
        examples=["10%"],
    )
    rate: RateSettings | None = Field(
        None,
        description="Requests that may be made, if not what the headers say: they are believed when this is unset.",
        examples=[{"requests": 350, "window": "5m"}],
    )
    tax_free: Text = Field("No Tax", description="Name of the tax for lines without tax.", examples=["No Tax"])

    @field_validator("url")
    @classmethod
    def _one_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        # A domain_prefix with a mistake of its own is absent here, and says enough.
        if "domain_prefix" not in info.data:
            return url
        prefix = info.data["domain_prefix"]
        if prefix is None and url is None:
            raise mistake("either domain_prefix or url is required", "For acme.retail.lightspeed.app: acme.")
        if prefix is not None and url is not None:
            raise mistake("stands beside domain_prefix", "Keep one of the two.")
        return url

    @field_validator("oauth")
    @classmethod
    def _one_credential(cls, oauth: OAuthSettings | None, info: ValidationInfo) -> OAuthSettings | None:
        # A token with a mistake of its own is absent here, and says enough.
        if "token" not in info.data:
            return oauth
        token = info.data["token"]
        if token is None and oauth is None:
            raise mistake("either token or oauth is required", "A personal token is the simpler one.")
        if token is not None and oauth is not None:
            raise mistake("stands beside token", "Keep one of the two.")
        return oauth

    @property
    def base_url(self) -> str:
        """Where calls go, without a slash at the end."""
        return self.url or f"https://{self.domain_prefix}.{DOMAIN}"

    @property
    def is_loopback(self) -> bool:
        """Whether this is a sandbox on this machine."""
        return is_loopback(self.base_url)

    @property
    def is_classic(self) -> bool:
        """Whether the account is spoken to in the classic dialect."""
        return self.api == CLASSIC
