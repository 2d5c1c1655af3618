"""The settings as frozen objects: one file a block of the config. Says what is valid; reads no file."""

from syncd.config.settings.erp import ErpSettings
from syncd.config.settings.fulfilments import FulfilmentSettings
from syncd.config.settings.ignore import IgnoreSettings
from syncd.config.settings.journal import JournalSettings
from syncd.config.settings.lightspeed import LightspeedSettings, OAuthSettings, RateSettings
from syncd.config.settings.locations import LocationSettings
from syncd.config.settings.orders import DeliverySettings, OrderBrakes, OrderSettings, PaymentSettings
from syncd.config.settings.products import ProductSettings
from syncd.config.settings.root import Settings
from syncd.config.settings.routing import RoutingSettings
from syncd.config.settings.schedule import ScheduleSettings
from syncd.config.settings.stock import StockSettings, TillSaleSettings
from syncd.config.settings.store import StoreSettings
from syncd.config.settings.webhooks import WebhookSettings

__all__ = [
    "DeliverySettings",
    "ErpSettings",
    "FulfilmentSettings",
    "IgnoreSettings",
    "JournalSettings",
    "LightspeedSettings",
    "LocationSettings",
    "OAuthSettings",
    "OrderBrakes",
    "OrderSettings",
    "PaymentSettings",
    "ProductSettings",
    "RateSettings",
    "RoutingSettings",
    "ScheduleSettings",
    "Settings",
    "StockSettings",
    "StoreSettings",
    "TillSaleSettings",
    "WebhookSettings",
]
