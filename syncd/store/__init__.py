"""The only room with SQL: what was read, what was decided, what was sent, and what waits for a person."""
