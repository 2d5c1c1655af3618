from tests.unit.jobs.conftest import _no_log, dated, folder, template  # noqa: F401  (the world of the jobs)
