"""A config file that is right, for tests that make it wrong in one place."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from syncd.config import ConfigInvalid, Settings, load

PASSWORD = "correct-horse-battery"
TOKEN = "lsxs_pt_4711"
WEBHOOK_SECRET = "5f0c9e-webhook-path-secret"
ENVIRON = {"TRYTON_PASSWORD": PASSWORD, "LIGHTSPEED_TOKEN": TOKEN}
EVERY_VARIABLE = {**ENVIRON, "WEBHOOK_SECRET": WEBHOOK_SECRET}  # of the example, with what stands there in comments

RIGHT = """\
version: 1
account: acme
erp:
  kind: tryton
  url: http://erp.internal:8000
  database: acme
  user: sync
  password: ${TRYTON_PASSWORD}
lightspeed:
  domain_prefix: acme
  api: "2026-07"
  token: ${LIGHTSPEED_TOKEN}
  user: erp-sync
locations:
  DOWNTOWN: {outlet: Downtown, register: Online Downtown}
  AIRPORT: {outlet: Airport, register: Online Airport, buffer: 1}
orders:
  start: 2026-12-01T00:00:00+13:00
store: {url: sqlite:////var/lib/syncd/acme.db}
"""


def with_change(old: str, new: str, text: str = RIGHT) -> str:
    """The right config with one passage replaced."""
    assert text.count(old) == 1, f"{old!r} must stand there once"
    return text.replace(old, new)


def loaded(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Settings:
    """Write the text as acme.yaml and load it."""
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def refused(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    """Load what must be refused, and return the problems, one line each, without the folder."""
    with pytest.raises(ConfigInvalid) as caught:
        loaded(folder, text, environ)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]
