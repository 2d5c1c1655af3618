"""`syncd auth`: log in to X-Series with an application of one's own (OAuth 2), and say how the log-in stands."""

from __future__ import annotations

import secrets
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated
from urllib.parse import urlsplit

import typer

from syncd.bootstrap import LogInParts, SystemClock, open_log_in
from syncd.cli.exit_codes import ExitCode
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.screen import print_json, print_line, warn
from syncd.domain.tokens import Tokens
from syncd.errors import UsageError
from syncd.lightspeed import authorize_url, code_of

LISTEN_S_MAX = 600  # a code lives for ten minutes
LOOPBACK = ("127.0.0.1", "localhost", "::1")
THANKS = b"<!doctype html><title>syncd</title><p>syncd has what it needs. You may close this page."

app = typer.Typer(no_args_is_help=True, help="The log-in to X-Series with an application of your own (OAuth 2).")


@app.command()
def login(
    listen: Annotated[
        bool, typer.Option("--listen", help="Take the answer on this machine, where the browser runs too.")
    ] = False,
    code: Annotated[
        str, typer.Option("--code", help="The code, or the address the browser was sent to; with --state.")
    ] = "",
    state: Annotated[str, typer.Option("--state", help="The state that an earlier call printed.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print the address where a person allows the access, take what comes back, and save the tokens."""
    settings = settings_of(config)
    with open_log_in(settings) as parts:
        if not code:
            state = state or secrets.token_urlsafe(24)
            print_line(
                authorize_url(
                    base=parts.authorize_base,
                    client_id=parts.client_id,
                    redirect_url=parts.redirect_url,
                    state=state,
                    scopes=parts.asked,
                )
            )
            code = _listen(parts.redirect_url) if listen else _ask(state)
        found = code_of(code, state=state, domain_prefix=parts.domain_prefix)
        tokens = parts.log_in.exchange(found, redirect_url=parts.redirect_url)
        missing = _missing(parts, tokens)
    print_line(f"logged in; the tokens are in {parts.tokens_path}")
    if missing:
        warn(f"not granted, and needed by this config: {', '.join(missing)}")
        raise typer.Exit(ExitCode.UNAUTHORIZED)


@app.command()
def status(as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say whether somebody has logged in, until when the token lives, and which scopes are missing. Asks nobody."""
    settings = settings_of(config)
    if settings.lightspeed.oauth is None:
        if as_json:
            print_json({"kind": "personal token", "logged_in": True})
        else:
            print_line("personal token: it is in the config and needs no log-in. `syncd check` tries it.")
        return
    with open_log_in(settings) as parts:
        tokens = parts.log_in.tokens()
        missing = _missing(parts, tokens)
    expires = tokens.expires_at if tokens else None
    if as_json:
        print_json(
            {
                "kind": "oauth",
                "logged_in": tokens is not None,
                "file": str(parts.tokens_path),
                "obtained_at": tokens.obtained_at if tokens else None,
                "expires_at": expires,
                "scopes": sorted(tokens.scopes) if tokens and tokens.scopes is not None else None,
                "needed": sorted(parts.needed),
                "missing": missing,
            }
        )
    elif tokens is None:
        print_line("nobody has logged in yet. next: `syncd auth login`")
    else:
        left = "" if expires is None or expires > SystemClock().now() else " (it is renewed at the next call)"
        said = expires.isoformat(timespec="seconds") if expires else "a time that X-Series did not say"
        print_line(
            f"logged in since {tokens.obtained_at.isoformat(timespec='seconds')}; the token lives until {said}{left}"
        )
        print_line(f"scopes:  {', '.join(sorted(tokens.scopes)) if tokens.scopes is not None else 'not said'}")
        print_line(f"missing: {', '.join(missing) or 'none'}")
    if tokens is None or missing:
        raise typer.Exit(ExitCode.UNAUTHORIZED)


def _missing(parts: LogInParts, tokens: Tokens | None) -> list[str]:
    return sorted(parts.needed - tokens.scopes) if tokens and tokens.scopes is not None else []


def _ask(state: str) -> str:
    """One line from whoever is there. Without a terminal nothing is asked: the line is just read."""
    if sys.stdin.isatty():
        warn("Open this address, allow the access, and paste the code, or the whole address you are sent to:")
    text = sys.stdin.readline().strip()
    if not text:
        raise UsageError(
            "no code was given", hint=f"`syncd auth login --state {state} --code ADDRESS`, within ten minutes."
        )
    return text


def _listen(redirect_url: str) -> str:
    """The address that the browser is sent to, taken on loopback."""
    url = urlsplit(redirect_url)
    if url.scheme != "http" or url.hostname not in LOOPBACK:
        raise UsageError(f"{redirect_url} is not on this machine", hint="Without --listen, paste the address instead.")
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path != (url.path or "/"):
                self.send_error(404)
                return
            came.append(f"http://{url.netloc}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(THANKS)))
            self.end_headers()
            self.wfile.write(THANKS)

        def log_message(self, *_args: object) -> None:
            """Its lines would show the code."""

    warn(f"Waiting for the browser at {redirect_url}, ten minutes at most.")
    until = SystemClock().boot_time()
    with HTTPServer((url.hostname, url.port or 80), Handler) as server:
        server.timeout = 1
        while not came:
            waited = SystemClock().boot_time().since(until)
            if waited is None or waited.total_seconds() > LISTEN_S_MAX:
                raise UsageError("nobody came", hint="Try again, or paste the address without --listen.")
            server.handle_request()
    return came[0]
