"""The config file of the demo: what an integrator of this company would have written."""

from pathlib import Path
from typing import Literal

Dialect = Literal["dated", "classic"]

API_OF: dict[Dialect, str] = {"dated": "2026-07", "classic": "classic"}
OUTLET_OF = {"DOWNTOWN": "Downtown", "AIRPORT": "Airport"}  # ERP location -> outlet
SKU_OF_SERVICE = {"COURIER": "SHIPPING"}  # what the ERP sells as a service -> the product that stands for it

TEMPLATE = """\
version: 1
account: acme
erp:
  kind: tryton
  url: {tryton_url}
  database: {database}
  user: sync
  password: ${{TRYTON_PASSWORD}}
  paid: always
lightspeed:
  url: {sandbox_url}
  api: "{api}"
  token: ${{LIGHTSPEED_TOKEN}}
  user: erp-sync
locations:
  DOWNTOWN: {{outlet: Downtown, register: Online Downtown}}
  AIRPORT: {{outlet: Airport, register: Online Airport}}
orders:
  mode: live
  start: {start}T00:00:00Z
  overlap: 1m
  delivery: {{pickup: [CLICK-COLLECT], dispatch: [COURIER], default: dispatch}}
  taxes: {{GST 10%: GST, Reduced 5%: Reduced}}
  payments: {{paid: ERP prepaid}}
  products: {{shipping: SHIPPING, discount: DISCOUNT, rounding: ROUNDING}}
fulfilments: {{mode: live, to_retail: true}}
stock: {{mode: report}}
journal: {{settle: 1s, call_deadline: 5s}}  # a sandbox shows every write at once
store: {{url: "sqlite:///{store}"}}
"""


def config_text(dialect: Dialect, *, tryton_url: str, database: str, sandbox_url: str, start: str, store: Path) -> str:
    return TEMPLATE.format(
        tryton_url=tryton_url,
        database=database,
        sandbox_url=sandbox_url,
        api=API_OF[dialect],
        start=start,
        store=store.resolve(),
    )
