"""The set-up makes an environment once, notices a half-made one, and leaves a good one alone."""

import hashlib
import importlib.util
import sys

import pytest

from tests.repo.tree import ROOT


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """tools/bootstrap.py at work in an empty tree whose lock asks for nothing, so that it needs no network."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "tools" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text('project = {name = "x"}\nbuild-system = {}\n')
    (tmp_path / "requirements.lock").write_text("")
    venv = tmp_path / ".venv"
    for name, path in {
        "ROOT": tmp_path,
        "VENV": venv,
        "VENV_PYTHON": venv / "bin" / "python",
        "STAMP": venv / "syncd-setup.json",
        "PYPROJECT": tmp_path / "pyproject.toml",
        "LOCK": tmp_path / "requirements.lock",
    }.items():
        monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(module, "install_project", lambda: None)
    monkeypatch.setattr(module, "SECONDS_BETWEEN_TRIES", 0)
    return module


def test_a_half_made_environment_is_made_anew_and_a_good_one_left_alone(bootstrap, tmp_path, capfd):
    leftover = tmp_path / ".venv" / "leftover"
    leftover.parent.mkdir()
    leftover.touch()

    assert bootstrap.main() == 0
    first = capfd.readouterr().err
    assert bootstrap.main() == 0
    second = capfd.readouterr().err

    assert "making .venv" in first
    assert not leftover.exists()
    assert (tmp_path / ".venv" / "bin" / "pip").exists()
    assert second == ""


def test_an_install_that_keeps_failing_gives_up_and_leaves_no_stamp(bootstrap, monkeypatch, capfd):
    tries = []

    def refuse(arguments):
        tries.append(arguments)
        raise bootstrap.SetupFailed("pip stopped with exit code 1")

    monkeypatch.setattr(bootstrap, "make_empty_venv", lambda: bootstrap.VENV.mkdir())
    monkeypatch.setattr(bootstrap, "run", refuse)

    assert bootstrap.main() == 1
    assert len(tries) == bootstrap.INSTALL_TRIES
    assert not bootstrap.STAMP.exists()
    assert "Is the package index reachable?" in capfd.readouterr().err


def test_changed_requirements_are_installed_into_the_environment_that_is_there(bootstrap):
    made = {"python": "CPython 3.11.2", "root": "/srv/a", "requirements": "1"}

    assert bootstrap.can_be_updated(made, {**made, "requirements": "2"})
    assert not bootstrap.can_be_updated(made, {**made, "python": "CPython 3.12.1"})
    assert not bootstrap.can_be_updated(made, {**made, "root": "/srv/b"})
    assert not bootstrap.can_be_updated(None, made)


def test_an_older_python_is_told_which_one_is_needed(bootstrap, monkeypatch, capfd):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    assert bootstrap.main() == 1
    assert "needs 3.11 or newer" in capfd.readouterr().err


def test_the_pip_in_the_tree_is_the_one_that_was_put_there(bootstrap):
    assert hashlib.sha256(bootstrap.PIP_WHEEL.read_bytes()).hexdigest() == bootstrap.PIP_SHA256
