"""The options that several commands share, and how a command gets its settings."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from syncd.config import Settings, load
from syncd.log import configure

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="SYNCD_CONFIG", help="The YAML file of the account.", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON with stable keys to stdout.")]
WaitOption = Annotated[
    int, typer.Option("--wait", min=0, help="Seconds to wait for another process that is at work.", metavar="SECONDS")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log more to stderr.")]
DEFAULT_CONFIG = Path("syncd.yaml")


class JobName(StrEnum):
    ORDERS = "orders"
    STOCK = "stock"
    FULFILMENTS = "fulfilments"
    CATALOGUE = "catalogue"
    SWEEP = "sweep"


#: What a sync does when no job is named. The sweep reads the orders of two weeks: once a day, or when it is asked for.
ALL_JOBS = (JobName.CATALOGUE, JobName.ORDERS, JobName.FULFILMENTS, JobName.STOCK)


def settings_of(config: Path, *, verbose: bool = False) -> Settings:
    """Load the config and send the log to stderr. Raise ConfigInvalid with every mistake."""
    configure(verbose=verbose)
    return load(config, os.environ)


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)
