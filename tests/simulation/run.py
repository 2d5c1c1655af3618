"""`make simulate`: days of trade with everything that can go wrong, judged from both sides' own records.

usage: python -m tests.simulation.run --days 30 --seed 1
The last line is one JSON object. Ends with 0 when nothing was doubled, lost, or is unexplained, else 1.
"""

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.audit.simulation_files import read_month
from tests.audit.simulation_report import tell
from tests.simulation.evidence import write_evidence
from tests.simulation.sabotage import SABOTAGE
from tests.simulation.thirty_days import ORDERS_A_DAY, Plan, Simulation

MEMORY = Path("/dev/shm")  # hundreds of thousands of commits: what a power cut leaves on a disk is no question here
EVIDENCE = Path("var/simulate/evidence")
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> int:
    asked = _arguments()
    structlog.configure(processors=[drop])
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    print(
        f"{asked.days:g} days, {asked.dialect}, seed {asked.seed}: the same again with --seed {asked.seed}", flush=True
    )
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="syncd-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        plan = Plan(asked.days, asked.seed, asked.dialect, asked.orders_a_day, SABOTAGE.get(asked.sabotage or ""))
        simulation = Simulation(plan, Path(folder))
        simulation.live(lambda day: _say_day(simulation, day, begun))
        simulation.settle()
        write_evidence(simulation, asked.evidence, seconds=round(time.monotonic() - begun, 1))
        simulation.world.close()
    return tell(read_month(asked.evidence))


def _say_day(simulation: Simulation, day: int, begun: float) -> None:
    orders, seconds = len(simulation.world.erp.orders), time.monotonic() - begun
    print(
        f"day {day:2}: {orders} orders, {simulation.faults} faults, {simulation.deaths} deaths, {seconds:.0f} s",
        flush=True,
    )


def drop(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulate days of trade in which everything goes wrong.")
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=("dated", "classic"), default="dated")
    parser.add_argument("--orders-a-day", type=float, default=ORDERS_A_DAY)
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="where the files for the auditor go")
    parser.add_argument("--sabotage", choices=sorted(SABOTAGE), help="break one part, to see that the judge notices")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
