"""`syncd runs`: the diary."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.bootstrap import open_database
from syncd.cli.counts import counts_in_words
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.screen import print_json, print_table
from syncd.domain.ids import Account
from syncd.store import runs as diary


def runs(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """List the last runs of all jobs with their outcome and counts."""
    settings = settings_of(config)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            found = diary.recent(tx, Account(settings.account), limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        (">run", "job", "mode", "started", "outcome", "counts", "message"),
        (
            (
                one.id,
                one.job,
                one.mode,
                one.started_at[:19],
                one.outcome,
                counts_in_words(one.counts),
                one.message,
            )
            for one in found
        ),
    )
