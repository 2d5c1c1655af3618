"""The whole config file."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from syncd.config.mistake import Finding, mistakes
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.settings.erp import ErpSettings
from syncd.config.settings.fulfilments import FulfilmentSettings
from syncd.config.settings.journal import SETTLE_MIN, JournalSettings
from syncd.config.settings.lightspeed import LightspeedSettings
from syncd.config.settings.locations import LocationSettings, refuse_shared_outlets
from syncd.config.settings.orders import OrderSettings
from syncd.config.settings.schedule import ScheduleSettings
from syncd.config.settings.stock import CORRECT, StockSettings
from syncd.config.settings.store import StoreSettings
from syncd.config.settings.webhooks import WebhookSettings
from syncd.config.timetable import Off
from syncd.config.zone import Zone


def _as_number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class Settings(SettingsBlock):
    """Everything an integrator decides, checked and frozen."""

    version: Annotated[Literal[1], BeforeValidator(_as_number)] = Field(
        description="Version of this file's format.", examples=[1]
    )
    account: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,30}$",
        description="Short name of this pair of systems. It is part of every key: never change it later.",
        examples=["acme"],
    )
    timezone: Zone = Field(
        ZoneInfo("UTC"),
        description="Zone for people and cron lines, such as Pacific/Auckland; data is UTC.",
        examples=["UTC"],
    )
    erp: ErpSettings = Field(description="The ERP, where orders, products and stock levels come from.")
    lightspeed: LightspeedSettings = Field(
        description="Lightspeed Retail (X-Series). Either domain_prefix or url is needed."
    )
    locations: Annotated[dict[Text, LocationSettings], AfterValidator(refuse_shared_outlets)] = Field(
        min_length=1,
        description="ERP location (its code) -> outlet. Each location once, each outlet once.",
        examples=[
            {
                "DOWNTOWN": {"outlet": "Downtown", "register": "Online Downtown"},
                "AIRPORT": {"outlet": "Airport", "register": "Online Airport", "buffer": 1},
            }
        ],
    )
    orders: OrderSettings = Field(description="Orders of the ERP, which become sales.")
    fulfilments: FulfilmentSettings = Field(FulfilmentSettings(), description="Hand-overs, which complete shipments.")
    stock: StockSettings = Field(StockSettings(), description="Stock levels, compared per product and outlet.")
    schedule: ScheduleSettings = Field(
        ScheduleSettings(), description='When each job runs: an interval ("1m"), a cron line, or off.'
    )
    webhooks: WebhookSettings = Field(
        WebhookSettings(),
        description="Webhooks of X-Series (sale.update), which only wake the job fulfilments; off unless port is set.",
    )
    journal: JournalSettings = Field(
        JournalSettings(), description="Writes to either side, and how long their outcome is waited for."
    )
    store: StoreSettings = Field(description="The database: what was seen, decided and answered.")

    @field_validator("orders")
    @classmethod
    def _at_one_with_the_rest(cls, orders: OrderSettings, info: ValidationInfo) -> OrderSettings:
        # Blocks with a mistake of their own are absent here.
        findings = []
        if "locations" in info.data:
            delivery = orders.delivery
            for finding in orders.routing.findings(info.data["locations"], {*delivery.pickup, *delivery.dispatch}):
                findings.append(replace(finding, at=("routing", *finding.at)))
        if "erp" in info.data and orders.ignore.tags and not info.data["erp"].tag_fields:
            hint = "Name the fields of the ERP that hold tags, for example [party.categories.name]."
            findings.append(Finding("needs erp.tag_fields", hint, ("ignore", "tags")))
        if findings:
            raise mistakes(findings)
        return orders

    @field_validator("stock")
    @classmethod
    def _set_when_quiet(cls, stock: StockSettings, info: ValidationInfo) -> StockSettings:
        # Lightspeed with a mistake of its own is absent here, and says enough.
        lightspeed = info.data.get("lightspeed")
        is_outright = stock.api == "levels" or (stock.api == "auto" and lightspeed and lightspeed.is_classic)
        if stock.mode == CORRECT and is_outright and stock.quiet_hours is None:
            hint = "Levels are set outright only then; over classic api: adjustments does without, if the token may."
            raise mistakes([Finding("needs quiet_hours beside mode: correct-retail", hint, ("mode",))])
        return stock

    @field_validator("webhooks")
    @classmethod
    def _of_somebody_for_something(cls, webhooks: WebhookSettings, info: ValidationInfo) -> WebhookSettings:
        if webhooks.port is None:
            return webhooks
        findings = []
        lightspeed, schedule = info.data.get("lightspeed"), info.data.get("schedule")
        if lightspeed is not None and lightspeed.oauth is None and webhooks.path_secret is None:
            hint = "Webhooks of a personal token are not signed: set webhooks.path_secret."
            findings.append(Finding("needs path_secret beside lightspeed.token", hint, ("port",)))
        if schedule is not None and isinstance(schedule.fulfilments, Off):
            findings.append(Finding("needs schedule.fulfilments", "A job that is off is not woken.", ("port",)))
        if findings:
            raise mistakes(findings)
        return webhooks

    @field_validator("journal")
    @classmethod
    def _patient_with_the_vendor(cls, journal: JournalSettings, info: ValidationInfo) -> JournalSettings:
        # Fields are checked in order: lightspeed is here, unless it has a mistake of its own.
        lightspeed = info.data.get("lightspeed")
        if lightspeed is not None and not lightspeed.is_loopback and journal.settle < SETTLE_MIN:
            hint = "Only where lightspeed.url is on this machine may it be shorter."
            raise mistakes([Finding("is below 60s", hint, ("settle",))])
        return journal

    @property
    def erp_zone(self) -> ZoneInfo:
        """The zone of dates that the ERP keeps without a time."""
        return self.erp.timezone or self.timezone
