"""Which orders become sales, and how."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from syncd.config.duration import Duration, between, parse_duration
from syncd.config.instant import EXAMPLE, Instant
from syncd.config.invoice_number import InvoiceNumber
from syncd.config.mistake import Finding, mistake, mistakes
from syncd.config.percentage import parse_percentage
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.settings.ignore import IgnoreSettings
from syncd.config.settings.products import ProductSettings
from syncd.config.settings.routing import RoutingSettings
from syncd.config.settings.tax_rates import refuse_bad_rates

OrderState = Literal["confirmed", "processing", "done"]


class DeliverySettings(SettingsBlock):
    """Which delivery methods are picked up, and which are dispatched."""

    pickup: tuple[Text, ...] = Field(
        (), description="Codes that mean: the customer collects.", examples=[["CLICK-COLLECT"]]
    )
    dispatch: tuple[Text, ...] = Field((), description="Codes that mean: we send it.", examples=[["COURIER"]])
    default: Literal["pickup", "dispatch"] | None = Field(
        None, description="What an order without a code means; unset, it is held.", examples=["dispatch"]
    )

    @field_validator("dispatch")
    @classmethod
    def _one_meaning_each(cls, dispatch: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        pickup = info.data.get("pickup", ())
        twice = [index for index, code in enumerate(dispatch) if code in pickup]
        if twice:
            hint = "A code means one of the two."
            raise mistakes([Finding("is in the list pickup too", hint, (index,)) for index in twice])
        return dispatch


class PaymentSettings(SettingsBlock):
    """How payments are recorded."""

    paid: Text | None = Field(
        None,
        description="Payment type for orders paid in the ERP; unset, such an order is held.",
        examples=["ERP prepaid"],
    )
    unpaid: Literal["hold", "at_till", "on_account"] = Field(
        "hold",
        description="An order not yet paid: hold it, or make a sale that is paid at the till, or one on the account "
        "of its customer.",
        examples=["hold"],
    )
    debt: Literal["erp", "lightspeed"] | None = Field(
        None,
        validate_default=True,
        description="Who collects what is owed on account, needed with it. erp: its payment is put on the sale when "
        "the ERP has it. lightspeed: the customer pays there; the ERP's word of it is not.",
        examples=["erp"],
    )

    @field_validator("debt")
    @classmethod
    def _owed_to_somebody(cls, debt: str | None, info: ValidationInfo) -> str | None:
        if debt is None and info.data.get("unpaid") == "on_account":
            raise mistake("is required beside unpaid: on_account", "Say who collects the debt: erp or lightspeed.")
        return debt


class OrderBrakes(SettingsBlock):
    """Limits of one run; a plan beyond one of them waits for a person."""

    creates: int = Field(200, ge=0, description="Most sales made in one run.", examples=[200])
    voids: int = Field(20, ge=0, description="Most sales voided in one run.", examples=[20])
    value: Decimal = Field(Decimal(50000), ge=0, description="Most value with tax made in one run.", examples=[50000])
    deleted: int = Field(
        20, ge=0, description="Most orders that one sweep believes to be deleted in the ERP.", examples=[20]
    )


class OrderSettings(SettingsBlock):
    """Orders of the ERP, which become sales."""

    mode: Literal["live", "shadow"] = Field(
        "shadow", description="shadow plans and reports only; live makes sales.", examples=["shadow"]
    )
    start: Instant = Field(
        description="Orders confirmed before this moment never become sales. With offset, or Z.",
        examples=[EXAMPLE],
    )
    takeover: bool = Field(
        False,
        description="Another connector ran before: look every invoice number up before making a sale.",
        examples=[False],
    )
    overlap: Annotated[Duration, between("0s", "7d")] = Field(
        parse_duration("10m"),
        description="How far each read of changes reaches back behind the last one.",
        examples=["10m"],
    )
    states: tuple[OrderState, ...] = Field(
        ("confirmed", "processing", "done"),
        min_length=1,
        description="States of an order that is to be a sale: confirmed, processing, done.",
        examples=[["confirmed", "processing", "done"]],
    )
    ignore: IgnoreSettings = Field(
        IgnoreSettings(),
        description="Orders that never become sales. Letters' case is no matter; once a sale was made, no rule counts.",
    )
    delivery: DeliverySettings = Field(
        DeliverySettings(), description="Delivery methods of the ERP by code: picked up or dispatched."
    )
    routing: RoutingSettings = Field(
        RoutingSettings(),
        description="Orders that another location's outlet hands over than the one their goods leave from.",
    )
    invoice_number: InvoiceNumber = Field(
        "{order_number}{part_suffix}",
        description="Template from order_number, order_reference and part_suffix (always needed).",
        examples=["{order_number}{part_suffix}"],
    )
    customers: Literal["none", "match", "match_or_create"] = Field(
        "none",
        description="Whether sales name their customer, found by code, then by e-mail: no, if X-Series has one, or "
        "in any case (a missing one is made). Guests have neither code nor e-mail.",
        examples=["none"],
    )
    taxes: dict[Text, Text] = Field(
        {},
        description="Tax of the ERP -> sales tax of X-Series, both by name.",
        examples=[{"GST 15%": "GST"}],
    )
    tax_rates: Annotated[dict[Text, Text], AfterValidator(refuse_bad_rates)] = Field(
        {},
        description=(
            "Rate of a line's taxes together -> sales tax of X-Series, where taxes does not name them. "
            "Without either, the location's own tax counts."
        ),
        examples=[{"15%": "GST", "0%": "No Tax"}],
    )
    payments: PaymentSettings = Field(PaymentSettings(), description="How payments are recorded.")  # after customers
    products: ProductSettings = Field(
        ProductSettings(),
        description="Products of X-Series for what is none in the ERP. An order that needs a missing one is held.",
    )
    skus: dict[Text, Text] = Field(
        {},
        description="SKU in the ERP -> SKU in X-Series, where the two differ.",
        examples=[{"OLD-1": "NEW-1"}],
    )
    tolerance: Decimal = Field(
        Decimal("0.01"),
        ge=0,
        description="Largest residue between order and sale that a rounding line may carry.",
        examples=["0.01"],
    )
    retention: Annotated[Duration, between("1h", "3660d")] = Field(
        parse_duration("30d"),
        description="How long names and addresses are kept after an order is finished, and how long old runs and "
        "closed holds.",
        examples=["30d"],
    )
    returns: Literal["hold", "ignore", "create"] = Field(
        "hold",
        description=(
            "An order that takes goods of another one back, as Tryton's return makes it: hold it until the return is "
            "made in X-Series by hand, ignore it, or create the return of its sale, refunded and closed."
        ),
        examples=["hold"],
    )
    brakes: OrderBrakes = Field(OrderBrakes(), description="Limits of one run; beyond them a person decides.")

    @field_validator("payments")
    @classmethod
    def _owed_by_somebody(cls, payments: PaymentSettings, info: ValidationInfo) -> PaymentSettings:
        if payments.unpaid == "on_account" and info.data.get("customers") == "none":
            hint = "A debt is a customer's: set customers to match or match_or_create."
            raise mistakes([Finding("needs customers", hint, ("unpaid",))])
        return payments

    @field_validator("skus")
    @classmethod
    def _one_alias_each(cls, skus: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        # Products with a mistake of their own are absent here.
        return skus if "products" not in info.data else info.data["products"].refuse_twins(skus)

    @property
    def tax_by_rate(self) -> dict[Decimal, str]:
        """The same as `tax_rates`, by the rate as a fraction."""
        return {parse_percentage(rate): tax for rate, tax in self.tax_rates.items()}
