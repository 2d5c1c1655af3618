"""An offline emulator of Lightspeed Retail (X-Series) over loopback HTTP.

It speaks both dialects of the vendor (classic and dated), keeps its world in memory, goes wrong on demand, and
writes down every request as evidence. It imports nothing else of syncd: a client and a fake that share code also
share mistakes. "FACTS n" in a docstring is a section of the fact sheet the rule was read from.
"""

from __future__ import annotations

from syncd.sandbox.app import build_app
from syncd.sandbox.server import RunningSandbox, serve

__all__ = ["RunningSandbox", "build_app", "serve"]
