"""Outlets, registers, users, taxes, payment types, the retailer, products: what the config speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from syncd.domain.catalogue import Product, Reference
from syncd.domain.ids import OutletId, ProductId, Sku
from syncd.domain.retailer import OutletTax, Retailer, Tax
from syncd.errors import BadRecord, NotFound
from syncd.lightspeed import calls, catalogue, envelope, wire_goods, wire_reference
from syncd.lightspeed.asking import Asking, D, Query
from syncd.lightspeed.calls import Row
from syncd.lightspeed.envelope import Rows
from syncd.lightspeed.paging import BULK_PAGE_SIZE, FEED_PAGE_SIZE
from syncd.lightspeed.wire import Decoder
from syncd.log import logger

SKUS_A_SEARCH = 50  # codes in one address: 2 to 3 kB at most

_log = logger("lightspeed")
_outlets = Rows(wire_reference.Outlet)
_registers = Rows(wire_reference.Register)
_users = Rows(wire_reference.User)
_taxes = Rows(wire_reference.Tax)
_payment_types = Rows(wire_reference.PaymentType)
_outlet_taxes = Rows(wire_reference.OutletTax)
_products = Rows(wire_goods.Product)
_product = Decoder(wire_goods.Product)
_retailer = Decoder(wire_reference.Retailer)


class ReferenceData(Asking):
    """The reads that differ in their paths only."""

    products_query: tuple[tuple[str, str], ...] = ()
    payment_types_query: tuple[tuple[str, str], ...] = ()

    def read_references(self) -> list[Reference]:
        deleted = [("deleted", "true")]  # so that a name in the config can be told to be gone
        payment_types = [*self.payment_types_query]
        return [
            *self._named(calls.OUTLETS, _outlets, catalogue.to_outlet, deleted),
            *self._named(calls.REGISTERS, _registers, catalogue.to_register, deleted),
            *catalogue.to_users(self._all(calls.USERS, _users, [])),
            *self._named(calls.TAXES, _taxes, catalogue.to_tax, []),
            *self._named(calls.PAYMENT_TYPES, _payment_types, catalogue.to_payment_type, payment_types),
        ]

    def read_taxes(self) -> list[Tax]:
        """All taxes with each of their rates."""
        return self._translated(calls.TAXES, self._all(calls.TAXES, _taxes, []), catalogue.to_whole_tax)

    def read_outlet_taxes(self, *, outlet: OutletId | None = None) -> list[OutletTax]:
        """Which tax a product has at an outlet, where that is said; deleted rows as inactive."""
        query = [("deleted", "true"), *([("outlet_id", outlet)] if outlet else [])]
        found: dict[tuple[str, str, str], OutletTax] = {}
        for page in self._feed(calls.OUTLET_TAXES, _outlet_taxes, after=0, size=BULK_PAGE_SIZE, query=query):
            for one in self._translated(calls.OUTLET_TAXES, page, catalogue.to_outlet_tax):
                if outlet is None or one.outlet == outlet:
                    found[one.outlet, one.product, one.tax] = one
        return list(found.values())

    def read_retailer(self) -> Retailer:
        return self._read_one(calls.RETAILER, self._send(calls.RETAILER), _retailer, catalogue.to_retailer)

    def read_products(self, *, after: int) -> Iterator[list[Product]]:
        query = [("deleted", "true"), *self.products_query]
        for rows in self._feed(calls.PRODUCTS, _products, after=after, size=BULK_PAGE_SIZE, query=query):
            products = self._translated(calls.PRODUCTS, rows, catalogue.to_product)
            if products:
                _log.debug("products read", count=len(products), version=products[-1].version)
                yield products

    def find_products(self, skus: Sequence[Sku]) -> list[Product]:
        """Every product that has one of these codes as its SKU or as a further code, whatever its letters' case.

        By search (lowercased, FACTS 22.14), which may lag; a code it does not know is asked for by itself, by the
        route that pays no heed to any other parameter (FACTS 22.15). SKUs are not unique: there may be several.
        """
        found: dict[ProductId, Product] = {}
        asked = list(dict.fromkeys(skus))
        for begin in range(0, len(asked), SKUS_A_SEARCH):
            some = asked[begin : begin + SKUS_A_SEARCH]
            query = [("type", "products"), *(("sku", sku.lower()) for sku in some)]
            for raw in self._searched(calls.SEARCH_PRODUCTS, query, f"{len(some)} SKUs"):
                product = self._whole_product(raw) or self.read_product(ProductId(envelope.id_of(raw)))
                if product is not None:
                    found[product.id] = product
        known = {code.casefold() for one in found.values() for code in (one.sku, *one.codes)}
        for sku in asked:
            if sku.casefold() not in known:
                query = [("sku", sku)]
                page = self._typed(calls.PRODUCTS_BY_SKU, self._send(calls.PRODUCTS_BY_SKU, query=query), _products)
                found.update((one.id, one) for one in self._translated(calls.PRODUCTS, page.rows, catalogue.to_product))
        wanted = {sku.casefold() for sku in asked}
        return [one for one in found.values() if wanted & {code.casefold() for code in (one.sku, *one.codes)}]

    def read_product(self, product: ProductId) -> Product | None:
        try:
            answer = self._send(calls.PRODUCT, path={"product_id": product})
        except NotFound:
            return None
        return self._read_one(calls.PRODUCT, answer, _product, catalogue.to_product)

    # -------------------------------------------------------------- the rest

    def _whole_product(self, raw: msgspec.Raw) -> Product | None:
        """The product when a row of search shows it whole: with its codes, for a search row may leave them out."""
        try:
            row = _product(raw)
            return catalogue.to_product(row) if row.product_codes is not None else None
        except (msgspec.DecodeError, BadRecord):
            return None

    def _named(self, row: Row, rows: Rows[D], translate: Callable[[D], Reference], query: Query) -> list[Reference]:
        return self._translated(row, self._all(row, rows, query), translate)

    def _all(self, row: Row, rows: Rows[D], query: Query) -> list[D]:
        """The whole list, each id once: a row that changed while we read comes twice, and the later one counts."""
        found: dict[str, D] = {}
        for page in self._feed(row, rows, after=0, size=FEED_PAGE_SIZE, query=query, must_have_version=False):
            found.update((str(getattr(one, "id", "")), one) for one in page)
        return list(found.values())
