from collections.abc import Iterator

import pytest
import stamina

from syncd.lightspeed import ClassicRetail, DatedRetail
from tests.unit.lightspeed.vendor import Vendor, open_vendor


@pytest.fixture(autouse=True)
def _one_attempt() -> Iterator[None]:
    """Repeats of reads are the transport's matter and tested there."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with open_vendor() as vendor:
        yield vendor


@pytest.fixture
def dated(vendor: Vendor) -> DatedRetail:
    return DatedRetail(vendor.transport(), "2026-07")


@pytest.fixture
def classic(vendor: Vendor) -> ClassicRetail:
    return ClassicRetail(vendor.transport())
