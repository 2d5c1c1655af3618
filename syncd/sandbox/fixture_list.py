"""Which fixtures there are, by name."""

from __future__ import annotations

from collections.abc import Callable

from syncd.sandbox import fixtures, fixtures_large, fixtures_nasty
from syncd.sandbox.world import World


class UnknownFixture(ValueError):
    """There is no such fixture."""


def fill(world: World, fixture: str) -> None:
    """Fill an empty world; raises UnknownFixture."""
    if fixture not in FIXTURES:
        raise UnknownFixture(f"unknown fixture {fixture}; known: {', '.join(FIXTURES)}")
    FIXTURES[fixture](world)


def _fill_demo(world: World) -> None:
    _fill_empty(world)
    fixtures.add_goods(world)
    fixtures.add_movements(world, list(world.products)[:2])


def _fill_empty(world: World) -> None:
    fixtures.add_shops(world)
    fixtures.add_money(world)


FIXTURES: dict[str, Callable[[World], None]] = {
    "demo": _fill_demo,
    "empty": _fill_empty,
    "nasty": fixtures_nasty.fill,
    "large": fixtures_large.fill,
}
