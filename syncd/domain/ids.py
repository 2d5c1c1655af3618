"""Ids as their own types, so that a swap of two fails the type check. All are text, as their owners write them."""

from __future__ import annotations

from typing import NewType

Account = NewType("Account", str)  # the retailer, as named in the config: part of every key

# The ERP's
OrderId = NewType("OrderId", str)
OrderLineId = NewType("OrderLineId", str)
LocationId = NewType("LocationId", str)
ShipmentId = NewType("ShipmentId", str)
Sku = NewType("Sku", str)

# X-Series'
OutletId = NewType("OutletId", str)
RegisterId = NewType("RegisterId", str)
UserId = NewType("UserId", str)
TaxId = NewType("TaxId", str)
PaymentTypeId = NewType("PaymentTypeId", str)
ProductId = NewType("ProductId", str)
SaleId = NewType("SaleId", str)
SaleLineId = NewType("SaleLineId", str)

# Ours
SourceId = NewType("SourceId", str)  # `source.id` of a sale: names account, ERP, order, part and generation
Subject = NewType("Subject", str)  # what a journal entry is about: one open entry per subject
EntryId = NewType("EntryId", int)
HoldId = NewType("HoldId", int)
RunId = NewType("RunId", int)
