"""`syncd run`: the daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from syncd.bootstrap import open_given
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JobName, VerboseOption, settings_of
from syncd.cli.sync import work_of
from syncd.config import Settings
from syncd.daemon.receiver import Receiver
from syncd.daemon.service import Ear, run_service
from syncd.daemon.timetable import Turn
from syncd.daemon.webhook import Credentials
from syncd.jobs.given import Given
from syncd.jobs.run import run_job
from syncd.store import runs
from syncd.store.codec import to_moment


def run(config: ConfigOption = DEFAULT_CONFIG, verbose: VerboseOption = False) -> None:
    """Run the jobs by the timetable until SIGTERM, which finishes the write in hand. For systemd."""
    settings = settings_of(config, verbose=verbose)
    stop = threading.Event()
    with open_given(settings, stopping=stop.is_set) as given, given.locks.daemon("run", on_lost=stop.set):
        schedule = settings.schedule
        whens = {
            JobName.CATALOGUE: schedule.catalogue,
            JobName.ORDERS: schedule.orders,
            JobName.FULFILMENTS: schedule.fulfilments,
            JobName.STOCK: schedule.stock,
            JobName.SWEEP: schedule.sweep,
        }
        turns = {job.value: Turn(job.value, when, _turn(given, job), _last(given, job)) for job, when in whens.items()}
        run_service(turns, settings.timezone, stop, now=given.clock.now, ear=_ear(settings, given))


def _ear(settings: Settings, given: Given) -> Ear | None:
    """The receiver of webhooks, where the config has a port for it. What is handed over at a till is told by them."""
    port, credentials = settings.webhooks.port, credentials_of(settings)
    if port is None or credentials is None:
        return None

    def listening(wake: Callable[[], None]) -> Receiver:
        return Receiver(port, credentials, wake=wake, now=given.clock.now)

    return Ear(JobName.FULFILMENTS.value, settings.webhooks.wake_every, listening)


def credentials_of(settings: Settings) -> Credentials | None:
    """By what a webhook is known; None where nobody listens."""
    webhooks, oauth = settings.webhooks, settings.lightspeed.oauth
    if webhooks.port is None:
        return None
    return Credentials(
        path_secret=webhooks.path_secret.get_secret_value() if webhooks.path_secret else None,
        client_secret=oauth.client_secret.get_secret_value() if oauth else None,
    )


def _last(given: Given, job: JobName) -> datetime | None:
    """When the job last came to a good end; one that never did has been waited for since the account's first run."""
    with given.database.read() as tx:
        good = runs.last_good(tx, given.account).get(job.value) or runs.first_begun(tx, given.account)
    return to_moment(good) if good else None


def _turn(given: Given, job: JobName) -> Callable[[], None]:
    def work() -> None:
        mode = given.settings.orders_mode.value
        run_job(given, job.value, work_of(job, [], None), command=f"run: {job.value}", mode=mode)

    return work
