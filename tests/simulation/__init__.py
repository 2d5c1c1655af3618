"""A world that goes wrong on purpose: people, tills, clocks, networks and deaths, by chance that can be repeated."""
