"""The seeded database: made once, kept, and never touched again; who wants one takes a copy."""

import datetime as dt
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIG_FILE = HERE / "trytond.conf"
SOURCES = (CONFIG_FILE, HERE / "seed.py", HERE / "orders.py", Path(__file__))

DATABASE = "erp"
MODULES = ("sale", "sale_amendment", "stock_split", "product_kit")
ADMIN_PASSWORD = "admin-pass-1"
MAKE_WAIT_S = 300


class SeedFailed(Exception):
    """The Tryton database could not be made. The last lines of what failed follow."""


def seeded_database(cache_dir: Path) -> Path:
    """Return the seeded SQLite file under `cache_dir`, making it first if need be; `seed.json` lies beside it."""
    directory = cache_dir.resolve() / fingerprint()
    database = directory / f"{DATABASE}.sqlite"
    with _one_maker(cache_dir):
        if not directory.exists():
            _make(directory)
    return database


def fingerprint(today: dt.date | None = None) -> str:
    """Name the seed by all it depends on.

    The day is part of it: orders are dated relative to today and the books are open around it, so yesterday's
    database would slowly turn into one where every order is old.
    """
    digest = hashlib.sha256()
    for source in SOURCES:
        digest.update(source.read_bytes())
    for name, version in _installed():
        digest.update(f"{name}=={version}\n".encode())
    digest.update((today or dt.datetime.now(dt.UTC).date()).isoformat().encode())
    return digest.hexdigest()[:16]


def _installed() -> list[tuple[str, str]]:
    found = {dist.name.lower().replace("-", "_"): dist.version for dist in metadata.distributions()}
    return sorted((name, version) for name, version in found.items() if name.startswith(("trytond", "proteus")))


@contextmanager
def _one_maker(cache_dir: Path) -> Iterator[None]:
    """Let one process make the database and the others wait for it; the lock dies with its holder."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    with (cache_dir / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(directory: Path) -> None:
    # Built beside its final place, then renamed: a half-made database never has the good name.
    building = directory.with_name(f"{directory.name}.{secrets.token_hex(4)}.making")
    building.mkdir()
    try:
        (building / f"{DATABASE}.sqlite").touch()  # SQLite databases must exist before trytond-admin fills them
        environment = tryton_environment(building)
        _run(
            [
                *tryton_command("trytond-admin"),
                *("-d", DATABASE, "-u", *MODULES, "--activate-dependencies"),
                *("--email", "admin@example.com"),
            ],
            environment | {"TRYTONPASSFILE": str(_password_file(building))},
        )
        seed = [sys.executable, "-m", "demo.tryton.seed", str(CONFIG_FILE), DATABASE]
        (building / "seed.json").write_text(_run(seed, environment), encoding="utf-8")
        building.rename(directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _password_file(building: Path) -> Path:
    path = building / "admin.password"
    path.write_text(ADMIN_PASSWORD)
    return path


def _run(command: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=MAKE_WAIT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        raise SeedFailed(f"{' '.join(command)}\n{error.stderr[-4000:]}") from error
    return done.stdout


def tryton_command(program: str) -> list[str]:
    """The program of the environment we run in ourselves, with our configuration."""
    return [str(Path(sys.executable).with_name(program)), "-c", str(CONFIG_FILE)]


def tryton_environment(database_dir: Path) -> dict[str, str]:
    """Our own environment, pointed at the databases in `database_dir` (Tryton needs an absolute path)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRYTON", "PYTHON"))}
    return kept | {
        "TRYTOND_CONFIG": str(CONFIG_FILE),
        "TRYTOND_DATABASE__PATH": str(database_dir.resolve()),
        "PYTHONPATH": str(ROOT),
    }
