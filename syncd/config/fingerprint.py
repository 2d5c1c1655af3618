"""Whether a changed config may decide an order otherwise than the last one did."""

from __future__ import annotations

import hashlib
import json

from syncd.config.settings import Settings

ERP_KEYS = {"kind", "company", "paid", "timezone", "delivery_field", "tag_fields"}
LIGHTSPEED_KEYS = {"domain_prefix", "url", "api", "user", "tax_free"}
LOCATION_KEYS_OF_STOCK = {"buffer"}
ORDER_KEYS_OF_THE_RUN = {"overlap", "brakes", "retention"}
"""Keys that say how a run goes, not what becomes of an order; every other key of `orders` counts."""


def fingerprint(settings: Settings) -> str:
    """Given settings, return a digest of what decides orders. Held orders are planned again when it moves."""
    erp = settings.erp.model_dump(mode="json", include=ERP_KEYS)
    deciding = {
        "account": settings.account,
        "erp": {**erp, "timezone": str(settings.erp_zone)},
        "lightspeed": settings.lightspeed.model_dump(mode="json", include=LIGHTSPEED_KEYS),
        # A list: what is split over the parts of an order is split in the order of the locations.
        "locations": [
            (code, location.model_dump(mode="json", exclude=LOCATION_KEYS_OF_STOCK))
            for code, location in settings.locations.items()
        ],
        "orders": settings.orders.model_dump(mode="json", exclude=ORDER_KEYS_OF_THE_RUN),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()
