"""Nothing twice, nothing lost, proved by killing: `make crash`. See `run.py` for how, `docs/journal.md` for what.

    cells.py     which lifetimes are lived: a place to die x a passing x a fault x a dialect
    lifetime.py  one of them: trade goes on, the process is killed, another is started, all settles, evidence is kept
    workloads.py what is traded meanwhile, a table: each trade with its config, its faults and its share of the lives
    *_workload.py  the trades                              sides.py  the ERP and X-Series they are done in
    faults.py    what goes wrong beside the death          store.py  the database file, and what can befall it
    fork_server.py, process.py, killer.py, clock.py        the process that dies: real forks, real SIGKILL, given time
    sabotage.py  syncd with one part broken, to see that the proof can fail

Nothing is judged here: `tests/audit/crash_report.py` counts from the evidence, and imports nothing of syncd.
"""
