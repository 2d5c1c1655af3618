"""Run a command and tell what it took of the machine: the last line is JSON.

A process of its own, and a small one: the peak that the kernel counts for a child begins with the memory of whoever
started it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys


def main() -> int:
    done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False)  # noqa: S603, RUF100 - our own command
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {"exit_code": done.returncode, "cpu_s": used.ru_utime + used.ru_stime, "peak_kb": used.ru_maxrss}
    sys.stdout.write(json.dumps(found) + "\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
