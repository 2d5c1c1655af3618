"""Make today's seeded Tryton database unless it is there. A process of its own: it can be stopped whole.

usage: python -m demo.seeding CACHE_DIR
"""

import sys
from pathlib import Path

from demo.tryton.seeded import seeded_database

if __name__ == "__main__":
    try:
        seeded_database(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
