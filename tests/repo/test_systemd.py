"""The unit stays as narrow as the README says."""

import re
import shutil
import subprocess

import pytest

from tests.repo.tree import ROOT

UNIT = ROOT / "systemd" / "syncd@.service"
MOST_EXPOSED = 1.2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here: exposure NOT checked")
def test_the_unit_is_hardened():
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    level = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", done.stdout)

    assert level is not None, done.stdout + done.stderr
    assert float(level[1]) <= MOST_EXPOSED, done.stdout


def test_the_unit_does_not_retry_what_trying_again_cannot_mend():
    lines = UNIT.read_text(encoding="utf-8").splitlines()

    assert "RestartPreventExitStatus=2 6" in lines
    assert "ExecStart=/opt/syncd/bin/syncd run --config /etc/syncd/%i.yaml" in lines
