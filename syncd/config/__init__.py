"""The config file: one YAML file in, frozen settings out, or every mistake at once with its line.

Knows what can be decided offline. Whether a name exists on the other side is for `syncd check`.
"""

from syncd.config.example import render_example
from syncd.config.fingerprint import fingerprint
from syncd.config.load import load
from syncd.config.problems import ConfigInvalid, Problem
from syncd.config.redaction import show
from syncd.config.schema import render_schema
from syncd.config.settings import Settings

__all__ = [
    "ConfigInvalid",
    "Problem",
    "Settings",
    "fingerprint",
    "load",
    "render_example",
    "render_schema",
    "show",
]
