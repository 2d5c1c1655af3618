"""The sandbox with its `large` fixture made larger or smaller: `python -m bench.large_sandbox PRODUCTS OUTLETS`."""

from __future__ import annotations

import sys

from syncd.sandbox import fixtures_large, serve


def main() -> None:
    products, outlets = (int(word) for word in sys.argv[1:3])
    fixtures_large.PRODUCTS = products
    fixtures_large.OUTLETS = tuple(f"Outlet {n:02d}" for n in range(1, outlets + 1))
    fixtures_large.REGISTERS = tuple(
        (f"Online {name}", name, f"O{n:02d}-") for n, name in enumerate(fixtures_large.OUTLETS, 1)
    )
    serve(port=0, fixture="large", announce=_announce)


def _announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
