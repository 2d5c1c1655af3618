"""Run a command and tell what it took of the machine: the last line is JSON.

A process of its own, and a small one: the peak that the kernel counts for a child begins with the memory of whoever
started it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main() -> int:
    begun = time.perf_counter()
    done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False)  # noqa: S603, RUF100 - our own command
    wall_s = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime
    found = {"exit_code": done.returncode, "wall_s": wall_s, "cpu_s": cpu_s, "peak_kb": used.ru_maxrss}
    sys.stdout.write(json.dumps(found) + "\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
