"""When jobs run, and how the process lives and ends. Decides when, never what."""
