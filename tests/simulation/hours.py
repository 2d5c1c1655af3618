"""When the shops are open, and when customers buy: in local time, through the change of the clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Pacific/Auckland")
OPENS, CLOSES = 9, 17  # o'clock
BUSY = dict.fromkeys(range(8, 22), 1.0)  # the web shop; at night a tenth
AT_NIGHT = 0.1


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def is_open(moment: datetime) -> bool:
    return OPENS <= local(moment).hour < CLOSES


def next_open(moment: datetime) -> datetime:
    """This moment when the shops are open, else the morning after."""
    if is_open(moment):
        return moment
    here = local(moment)
    day = here.date() + timedelta(days=0 if here.hour < OPENS else 1)
    return datetime(day.year, day.month, day.day, OPENS, here.minute, tzinfo=ZONE).astimezone(moment.tzinfo)


def business(moment: datetime) -> float:
    """How busy the web shop is, 1 by day."""
    return BUSY.get(local(moment).hour, AT_NIGHT)
