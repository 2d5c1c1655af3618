"""Makes `.venv` in the tree and fills it from requirements.lock: the set-up behind every make target.

Standard library only. It needs Python 3.11 and nothing else: neither pip, nor Debian's python3-venv, nor uv. The pip
beside this file does the installing, so indexes, mirrors, proxies and certificates are whatever pip's own settings and
the environment say (`PIP_*`, `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, pip.conf); nothing of that is repeated here.

A second run finds its own stamp and does nothing. docs/decisions/0002-bootstrap.md tells why it is done this way.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)
INSTALL_TRIES = 3  # pip retries single requests itself; this is for an index that is away for longer
REQUEST_RETRIES = 5
SECONDS_BETWEEN_TRIES = 5

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "syncd-setup.json"
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "requirements.lock"
PIP_WHEEL = ROOT / "tools" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


class SetupFailed(Exception):
    """The environment could not be made. The text says what to do next."""


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"this is Python {platform.python_version()}; syncd needs 3.11 or newer: make PYTHON=python3.11 ...")
        return 1
    try:
        with open(__file__, "rb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # two makes in one tree take turns; the kernel frees it if we die
            set_up()
    except (SetupFailed, OSError) as problem:
        say(str(problem))
        return 1
    return 0


def set_up() -> None:
    wanted = describe_wanted()
    found = read_stamp()
    if found == wanted:
        return

    started = time.monotonic()
    if can_be_updated(found, wanted):
        say("requirements changed: updating .venv")
    else:
        say("making .venv and installing requirements.lock (a minute or so, once)")
        make_empty_venv()
    STAMP.unlink(missing_ok=True)  # from here on it is half made, and a stop leaves it to be made anew
    install_locked()
    install_project()
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")
    say(f".venv is ready ({time.monotonic() - started:.0f} s)")


def describe_wanted() -> dict[str, str]:
    """What an environment must have been made from to be good for this tree."""
    import tomllib  # here, so that an older Python gets as far as the message in main()

    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    relevant = json.dumps([pyproject["project"], pyproject["build-system"]], sort_keys=True)
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "root": str(ROOT),  # scripts of a virtual environment hold its path
        "requirements": hashlib.sha256(LOCK.read_bytes() + relevant.encode()).hexdigest(),
    }


def read_stamp() -> dict[str, str] | None:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if VENV_PYTHON.exists() else None  # its Python may be gone after an upgrade of the machine


def can_be_updated(found: dict[str, str] | None, wanted: dict[str, str]) -> bool:
    return found is not None and all(found.get(part) == wanted[part] for part in ("python", "root"))


def make_empty_venv() -> None:
    import venv

    wheel = hashlib.sha256(PIP_WHEEL.read_bytes()).hexdigest()
    if wheel != PIP_SHA256:
        raise SetupFailed(f"{PIP_WHEEL.name} is damaged (sha256 {wheel}): restore it with git checkout")
    # with_pip=False: pip in a new environment comes from ensurepip, which Debian keeps in a package of its own.
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(VENV)
    # A wheel is a zip, and Python runs a package inside a zip: pip installs itself.
    run([str(PIP_WHEEL / "pip"), "install", "--quiet", "--no-index", "--no-deps", str(PIP_WHEEL)])


def install_locked() -> None:
    """Installs exactly what the lock names, each file checked against its hash."""
    command = ["-m", "pip", "install", "--disable-pip-version-check", "--retries", str(REQUEST_RETRIES)]
    command += ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    for attempt in range(1, INSTALL_TRIES + 1):
        try:
            # pip warns of every mirror that lacks a package; only once something failed is that worth reading.
            run([*command, "-qq" if attempt == 1 else "-q"])
            return
        except SetupFailed as problem:
            if attempt == INSTALL_TRIES:
                raise SetupFailed(f"{problem}; its own words are above. Is the package index reachable?") from None
            say(f"{problem}; trying again in {SECONDS_BETWEEN_TRIES} s")
            time.sleep(SECONDS_BETWEEN_TRIES)


def install_project() -> None:
    """The project as it lies here, editable. Its build tools are in the lock, so nothing unpinned is fetched."""
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    run(["-m", "pip", "install", *options, "--editable", str(ROOT)])


def run(arguments: list[str]) -> None:
    # -I: a PYTHONPATH or a user's site-packages must not leak into what we make. PIP_* and certificates still count.
    done = subprocess.run([str(VENV_PYTHON), "-I", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SetupFailed(f"pip stopped with exit code {done.returncode}")


def say(text: str) -> None:
    print(f"set-up: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
