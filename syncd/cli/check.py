"""`syncd check`: ask both systems whether everything that the config says is so."""

from __future__ import annotations

from datetime import timedelta

import typer

from syncd.bootstrap import SystemClock, open_given
from syncd.cli.exit_codes import ExitCode, code_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, VerboseOption, settings_of
from syncd.cli.run import credentials_of
from syncd.cli.screen import print_json, print_line, print_table
from syncd.daemon.webhook import SUBJECT, Credentials, judge_registered
from syncd.domain.names import resolve
from syncd.domain.ports import Finding
from syncd.errors import Forbidden, NotFound, OutsideError
from syncd.jobs.given import Given
from syncd.jobs.run import RunOutcome, outcome_of
from syncd.store import stock_report

CLOCK_SKEW_MAX = timedelta(seconds=60)


def check(as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG, verbose: VerboseOption = False) -> None:
    """Ask both systems: reachable, allowed, every name of the config there and active. Writes nothing."""
    settings = settings_of(config, verbose=verbose)
    with open_given(settings, read_only=True) as given:
        findings, outcomes = _ask(given, credentials_of(settings))
    if as_json:
        print_json({"ok": all(one.ok for one in findings), "findings": findings})
    else:
        print_table(
            ("", "what", "found", "next step"),
            (("ok" if one.ok else "WRONG", one.subject, one.message, one.hint) for one in findings),
        )
        wrong = sum(not one.ok for one in findings)
        print_line(f"check: {'all is well' if not wrong else f'{wrong} of {len(findings)} are wrong'}")
    if outcomes:
        raise typer.Exit(code_of(outcomes))
    raise typer.Exit(ExitCode.DONE if all(one.ok for one in findings) else ExitCode.USAGE)


def _ask(given: Given, webhooks: Credentials | None) -> tuple[list[Finding], list[RunOutcome]]:
    """All findings, and the outcomes of sides that could not be asked."""
    findings = [Finding("store", True, given.database.shown), *_open_sales(given)]
    outcomes: list[RunOutcome] = []
    try:
        findings.extend(given.erp.check())
        skew = abs(given.erp.read_clock() - SystemClock().now())
        findings.append(
            Finding("clock of the ERP", skew < CLOCK_SKEW_MAX, f"{skew.total_seconds():.0f} s apart", "Set the clocks.")
            if skew >= CLOCK_SKEW_MAX
            else Finding("clock of the ERP", True, f"{skew.total_seconds():.0f} s apart")
        )
        known = set(given.erp.read_locations())
        findings.extend(
            Finding(f"locations.{one.location}", True, "is a location of the ERP")
            if one.location in known
            else Finding(
                f"locations.{one.location}",
                False,
                "the ERP has no such location",
                f"It has: {', '.join(sorted(known)) or 'none'}.",
            )
            for one in given.settings.names.locations
        )
    except OutsideError as error:
        findings.append(Finding("the ERP", False, error.message, error.hint))
        outcomes.append(outcome_of(error))
    try:
        findings.extend(given.retail.check())
        findings.extend(resolve(given.settings.names, given.retail.read_references()).findings)
        findings.extend(_registered(given, webhooks) if webhooks is not None else ())
    except OutsideError as error:
        findings.append(Finding("X-Series", False, error.message, error.hint))
        outcomes.append(outcome_of(error))
    return findings, outcomes


def _registered(given: Given, webhooks: Credentials) -> list[Finding]:
    """Whether X-Series tells us of sales. The daemon itself has no use for the scope, so the token may lack it."""
    try:
        found = given.retail.read_webhooks()
    except (Forbidden, NotFound) as error:
        return [Finding(SUBJECT, True, f"not looked at: {error.message}")]
    return [judge_registered(found, webhooks)]


def _open_sales(given: Given) -> list[Finding]:
    """What the levels said at the newest comparison of whether an open sale lowers them."""
    with given.database.read() as tx:
        report = stock_report.newest(tx, given.account)
    if report is None or not report.observed.telling:
        return []
    setting = "true" if given.settings.stock.open_sales_lower_level else "false"
    is_so = not report.observed.contradicts(given.settings.stock)
    return [
        Finding(
            "stock.open_sales_lower_level",
            is_so,
            f"{report.observed.in_words()}; it is set to {setting}",
            "" if is_so else "Set it as it was seen, unless you know better: the report explains rows by it.",
        )
    ]
