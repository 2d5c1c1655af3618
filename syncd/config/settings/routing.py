"""Who hands an order over when it is not the outlet of the location that its goods leave from."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import Field

from syncd.config.mistake import Finding
from syncd.config.settings.block import SettingsBlock, Text
from syncd.config.suggestion import suggest


class RoutingSettings(SettingsBlock):
    """Each names a location of `locations`. The delivery code comes first, then pickup or dispatch, then the goods."""

    default: Text | None = Field(
        None,
        description="For goods of a location that is not under `locations`; unset, they are held.",
        examples=["DOWNTOWN"],
    )
    pickup: Text | None = Field(None, description="For all that is picked up.", examples=["DOWNTOWN"])
    dispatch: Text | None = Field(None, description="For all that is dispatched.", examples=["AIRPORT"])
    delivery: dict[Text, Text] = Field(
        {},
        description="Delivery code, one of those under delivery -> location.",
        examples=[{"CLICK-COLLECT": "DOWNTOWN"}],
    )

    def findings(self, locations: Collection[str], codes: Collection[str]) -> Iterator[Finding]:
        """What is wrong beside the locations and the delivery codes of the file; places begin at this block."""
        for key, named in (("default", self.default), ("pickup", self.pickup), ("dispatch", self.dispatch)):
            if named is not None and named not in locations:
                yield Finding("is none of the locations", suggest(named, locations), (key,))
        for code, named in self.delivery.items():
            if named not in locations:
                yield Finding("is none of the locations", suggest(named, locations), ("delivery", code))
            elif code not in codes:
                hint = "Say under orders.delivery whether it is picked up or dispatched."
                yield Finding("is routed by a code that orders.delivery does not list", hint, ("delivery", code))
