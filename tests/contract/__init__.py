"""One suite of promises per port, run for every adapter behind it."""
