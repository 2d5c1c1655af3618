"""Which ERP, and how to reach it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.mistake import mistake
from syncd.config.secret import Secret
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.web_address import WebAddress
from syncd.config.zone import Zone

WORD = re.compile(r"[!-~]+")  # it goes into a header as it is
FIELD_PATH = r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$"


class ErpSettings(SettingsBlock):
    """The ERP, where orders, products and stock levels come from."""

    kind: Literal["tryton"] = Field(description="Which ERP this is.", examples=["tryton"])
    url: WebAddress = Field(
        description="Address of its server, without the database name.",
        examples=["http://erp.internal:8000"],
    )
    database: Text = Field(description="Name of its database.", examples=["acme"])
    user: Text | None = Field(
        None,
        description="Login of the user that syncd works as. Either user and password, or rest_key.",
        examples=["sync"],
    )
    password: Secret | None = Field(
        None,
        validate_default=True,
        description="Its password: ${VAR}, {file: path}, or {credential: name} from systemd.",
        examples=["${TRYTON_PASSWORD}"],
    )
    rest_key: Secret | None = Field(
        None,
        validate_default=True,
        description=(
            "Instead of user and password: the validated key of the user's application for the REST API. Over it, "
            "Tryton does not notice when somebody else completes a shipment picked in part at the same moment."
        ),
        examples=["${TRYTON_REST_KEY}"],
    )
    company: int | None = Field(
        None, ge=1, description="Id of the company, where the user belongs to several.", examples=[1]
    )
    language: Text = Field("en", description="Language of names and messages read from the ERP.", examples=["en"])
    paid: Literal["always", "invoice", "never"] = Field(
        "invoice",
        description="When an order counts as paid: always, when its invoices are paid, or never.",
        examples=["invoice"],
    )
    timezone: Zone | None = Field(
        None,
        description="Zone of dates that the ERP keeps without a time; unset, the zone of this file.",
        examples=["Pacific/Auckland"],
    )
    delivery_field: Annotated[str, Field(pattern=FIELD_PATH, max_length=200)] | None = Field(
        None,
        description=(
            "Path of the order's field that holds the code of its delivery method. "
            "Unset, the SKUs of its service lines say it."
        ),
        examples=["carrier.code"],
    )
    tag_fields: tuple[Annotated[str, Field(pattern=FIELD_PATH, max_length=200)], ...] = Field(
        (),
        description=(
            "Paths of the order's fields whose words, between commas or line breaks, are its tags. "
            "An order read before it is set has none until it is read again (`syncd sync orders --since`)."
        ),
        examples=[["party.categories.name"]],
    )
    page_size: int = Field(500, ge=1, le=500, description="Rows asked for in one read.", examples=[500])
    deadline: Annotated[Duration, between("1s", "10m")] = Field(
        parse_duration("40s"),
        description="Longest time one call may take. The ERP itself waits up to 30s for a lock.",
        examples=["40s"],
    )

    @field_validator("password")
    @classmethod
    def _with_its_user(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A user with a mistake of its own is absent here, and says enough.
        if "user" not in info.data:
            return password
        user = info.data["user"]
        if user is not None and password is None:
            raise mistake("is required beside user", "Or give rest_key alone.")
        if user is None and password is not None:
            raise mistake("needs user beside it", "Or give rest_key alone.")
        return password

    @field_validator("rest_key")
    @classmethod
    def _one_credential(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is not None and not WORD.fullmatch(key.get_secret_value()):
            raise mistake("is no REST key", "Tryton shows it as one long word of letters and digits.")
        if "user" not in info.data or "password" not in info.data:
            return key
        has_login = info.data["password"] is not None
        if key is None and not has_login:
            hint = "The key is made in Tryton, among the user's applications."
            raise mistake("either user and password, or rest_key is required", hint)
        if key is not None and has_login:
            raise mistake("stands beside user and password", "Keep the one or the other.")
        return key

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        return [secret.get_secret_value() for secret in (self.password, self.rest_key) if secret is not None]
