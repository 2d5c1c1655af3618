"""What is shipped agrees with itself, and says nothing of the machine it was written on."""

import importlib.metadata
import re
import shutil
import subprocess
import tomllib

import pytest

import syncd
from tests.repo.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Written so that this file does not match itself.
TELLS_OF_ONE_MACHINE = re.compile(
    r"/opt/[p]ypi|/[w]ork/|/[r]oot/|/home/[a-z]+/"
    r"|[p]ypi\.org|files\.[p]ythonhosted|registry\.[n]pmjs|deb\.[d]ebian|proxy\.[g]olang"
)


def test_there_is_one_version():
    assert PROJECT["version"] == syncd.__version__ == importlib.metadata.version("syncd")


def test_the_lock_holds_every_direct_dependency():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, flags=re.MULTILINE))

    assert [name for name in _direct_dependencies() if name not in locked] == []


def test_every_direct_dependency_has_a_reason():
    reasons = (ROOT / "docs/decisions/0001-libraries.md").read_text(encoding="utf-8")
    wanted = [name for name in _direct_dependencies() if not name.startswith("trytond-")]  # one line for all of them

    assert [name for name in wanted if name not in reasons] == []


def test_continuous_integration_runs_what_people_run():
    script = ROOT / ".ci" / "run"

    assert "make test" in script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout: files NOT searched"
)
def test_no_file_names_a_registry_or_a_path_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]

    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in paths
        if path.is_file() and (match := TELLS_OF_ONE_MACHINE.search(path.read_bytes().decode("utf-8", "replace")))
    ]

    assert paths
    assert found == []


def _direct_dependencies() -> list[str]:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return [_name(requirement) for group in groups for requirement in group]


def _name(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()
