"""What `syncd explain order` tells of an order of the world: as data, and in words."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any
from zoneinfo import ZoneInfo

from syncd.cli.order_story import find_stories
from syncd.cli.order_words import print_story
from syncd.cli.screen import plain
from tests.unit.jobs.world import ACME, World

AUCKLAND = ZoneInfo("Pacific/Auckland")


def story_of(world: World, reference: str = "SO1") -> dict[str, Any]:
    with world.given.database.read() as tx:
        (story,) = find_stories(tx, ACME, reference, world.settings.names, now=world.clock.now())
    return story


def as_json(world: World, reference: str = "SO1") -> Any:
    return plain(story_of(world, reference))


def explained(world: World, reference: str = "SO1") -> str:
    said = io.StringIO()
    with redirect_stdout(said):
        print_story(story_of(world, reference), AUCKLAND)
    return "\n".join(line.rstrip() for line in said.getvalue().splitlines()) + "\n"
