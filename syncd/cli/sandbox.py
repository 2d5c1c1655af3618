"""`syncd sandbox`: an X-Series to try things on, on this machine only."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.screen import warn
from syncd.log import configure
from syncd.sandbox import serve


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8766,
    fixture: Annotated[str, typer.Option(help="What the shop has to begin with: demo, empty, nasty, large.")] = "demo",
) -> None:
    """Run the X-Series emulator on loopback until it is stopped. Its state is in memory."""
    configure()

    def announce(url: str) -> None:
        warn(f"X-Series sandbox at {url}, token sandbox-token, fixture {fixture}. Ctrl-C stops it.")
        warn(f'  lightspeed: {{url: {url}, api: "2026-07", token: sandbox-token, user: erp-sync}}')
        typer.echo(url)

    serve(port=port, fixture=fixture, announce=announce)
