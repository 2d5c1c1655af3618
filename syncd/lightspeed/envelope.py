"""What is around the rows of an answer: lists with or without a version object, one thing or its bare id.

A list is decoded in one pass into the structs that its rows are, without a dict in between; only when a row of it
does not fit is it taken apart, so that a bad row spoils no other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from syncd.lightspeed.wire import Decoder, SaleMetadata

T = TypeVar("T")

Skip = Callable[[Raw, str], None]
"""Told of a row that was left out, and why."""


class Version(Struct):
    min: int | None = None
    max: int | None = None


class _Envelope(Struct, Generic[T]):
    data: list[T] | None
    version: Raw = Raw()


class _Stamped(Struct):
    updated_at: str | None = None


class _Versioned(Struct, rename={"metadata": "_metadata"}):
    version: int | None = None
    metadata: SaleMetadata | None = None


@dataclass(slots=True)
class Page(Generic[T]):
    """The rows of one answer. `versions` has one entry for each row, `lost` one for each that was left out."""

    rows: list[T]
    versions: list[int | None]
    lost: list[int | None]
    version_max: int | None
    has_version: bool  # whether the answer speaks of versions at all

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.lost


_raw_page = msgspec.json.Decoder(list[Raw] | _Envelope[Raw])
_versions_page = msgspec.json.Decoder(list[_Versioned] | _Envelope[_Versioned], strict=False)
_version = Decoder(Version)
_versioned = Decoder(_Versioned)
_stamped = Decoder(_Stamped)
_one = msgspec.json.Decoder(dict[str, Raw] | list[Raw] | str | int | None)


class Rows(Generic[T]):
    """Decodes a list whose rows are of one kind. Raises msgspec.DecodeError when it is no list at all."""

    def __init__(self, kind: type[T]) -> None:
        shape: Any = list[kind] | _Envelope[kind]  # type: ignore[valid-type]
        self._page = msgspec.json.Decoder(shape, strict=False)
        self._row = Decoder(kind)

    def __call__(self, content: bytes, skip: Skip) -> Page[T]:
        try:
            found = self._page.decode(content)
        except msgspec.ValidationError:
            return self._one_by_one(content, skip)
        rows, version_max, has_version = _unwrapped(found)
        versions: list[int | None] = [None] * len(rows)
        if rows and hasattr(rows[0], "version"):
            versions = [row.version for row in rows]
        return Page(rows, versions, [], version_max, has_version)

    def _one_by_one(self, content: bytes, skip: Skip) -> Page[T]:
        raw = open_page(content)
        page: Page[T] = Page([], [], [], raw.version_max, raw.has_version)
        for row, version in zip(raw.rows, raw.versions, strict=True):
            try:
                page.rows.append(self._row(row))
                page.versions.append(version)
            except msgspec.DecodeError as error:
                page.lost.append(version)
                skip(row, str(error))
        return page


def open_page(content: bytes) -> Page[Raw]:
    """`{data: [...], version: {min, max}}`, the same without or with a null version, or a bare array."""
    rows, version_max, has_version = _unwrapped(_raw_page.decode(content))
    try:
        versioned, _, _ = _unwrapped(_versions_page.decode(content))
        versions = [_said(row) for row in versioned]
    except msgspec.ValidationError:
        versions = [version_of(row) for row in rows]
    return Page(rows, versions, [], version_max, has_version)


def open_one(content: bytes | Raw) -> Raw | None:
    """The one thing that an answer is about: an object or a bare id; None when it holds nothing.

    Under `data` (an object, an id, or an array of one, as `GET /user` shows), under 0.9's `register_sale` (or
    `register_sales`), or without any wrapper (FACTS 11, 17 and 18).
    """
    found = _one.decode(content)
    match found:
        case None | "" | []:
            return None
        case list():
            return open_one(found[0])
        case dict():
            for wrapper in ("data", "register_sale", "register_sales"):
                if wrapper in found:
                    return open_one(found[wrapper])
            return Raw(bytes(content)) if "id" in found else None
    return Raw(bytes(content))


def version_of(row: Raw) -> int | None:
    """The version of any row; None when it has none that we can read."""
    try:
        return _said(_versioned(row))
    except msgspec.DecodeError:
        return None


def updated_at_of(row: Raw) -> str | None:
    """When any row was changed last, in its own words; None when it does not say."""
    try:
        return _stamped(row).updated_at
    except msgspec.DecodeError:
        return None


def id_of(row: Raw) -> str:
    """The id of any row or a bare id, for a log line or a receipt; empty when there is none."""
    try:
        found = _one.decode(row)
        if isinstance(found, dict):
            found = _one.decode(found["id"])
    except (msgspec.DecodeError, KeyError):
        return ""
    return str(found) if isinstance(found, str | int) else ""


def source_type_of(row: Raw) -> str:
    """The source type of a sale whose row cannot be decoded as a whole."""
    try:
        found = _one.decode(row)
        source = _one.decode(found["source"]) if isinstance(found, dict) else None
        if isinstance(source, dict):
            source = _one.decode(source["type"])
    except (msgspec.DecodeError, KeyError):
        return ""
    return source if isinstance(source, str) else ""


def field_names(row: Raw) -> frozenset[str]:
    """How a row's own words are called: what tells one API version from another."""
    try:
        found = _one.decode(row)
    except msgspec.DecodeError:
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def _unwrapped(found: list[T] | _Envelope[T]) -> tuple[list[T], int | None, bool]:
    if isinstance(found, list):
        return found, None, False
    try:
        version = _version(found.version) if bytes(found.version) not in (b"", b"null") else None
    except msgspec.DecodeError:
        version = None
    return found.data or [], version.max if version else None, version is not None


def _said(row: _Versioned) -> int | None:
    if row.metadata is not None and row.metadata.version is not None:
        return row.metadata.version
    return row.version
