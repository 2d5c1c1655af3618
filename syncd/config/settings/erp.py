"""Which ERP, and how to reach it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.secret import Secret
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.web_address import WebAddress
from syncd.config.zone import Zone

FIELD_PATH = r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$"


class ErpSettings(SettingsBlock):
    """The ERP, where orders, products and stock levels come from."""

    kind: Literal["tryton"] = Field(description="Which ERP this is.", examples=["tryton"])
    url: WebAddress = Field(
        description="Address of its server, without the database name.",
        examples=["http://erp.internal:8000"],
    )
    database: Text = Field(description="Name of its database.", examples=["acme"])
    user: Text = Field(description="Login of the user that syncd works as.", examples=["sync"])
    password: Secret = Field(
        description="Its password: ${VAR}, {file: path}, or {credential: name} from systemd.",
        examples=["${TRYTON_PASSWORD}"],
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
    page_size: int = Field(500, ge=1, le=5000, description="Rows asked for in one read.", examples=[500])
    deadline: Annotated[Duration, between("1s", "10m")] = Field(
        parse_duration("40s"),
        description="Longest time one call may take. The ERP itself waits up to 30s for a lock.",
        examples=["40s"],
    )
