"""Tryton 8.2 over JSON-RPC or REST, behind the `Erp` port. Nothing outside this folder knows a word of Tryton's."""

from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.adapter import TrytonErp

__all__ = ["TrytonAccess", "TrytonErp"]
