"""When each job runs under `syncd run`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from syncd.config.settings.block import SettingsBlock
from syncd.config.timetable import Cron, Every, Timetable


class ScheduleSettings(SettingsBlock):
    """When each job runs: an interval ("1m"), a cron line ("15 2 * * *"), or off."""

    orders: Timetable = Field(Every(timedelta(minutes=1)), description="Orders to sales.", examples=["1m"])
    fulfilments: Timetable = Field(Every(timedelta(minutes=1)), description="Hand-overs to shipments.", examples=["1m"])
    stock: Timetable = Field(Every(timedelta(minutes=15)), description="The comparison of levels.", examples=["15m"])
    catalogue: Timetable = Field(
        Every(timedelta(minutes=15)), description="Products, outlets, taxes and users by name.", examples=["15m"]
    )
    sweep: Timetable = Field(
        Cron("0 3 * * *"),
        description="The search for orders that were never seen, changed without a trace, or deleted.",
        examples=["0 3 * * *"],
    )
