"""Read the levels of both sides into the store, page by page, each page in a transaction of its own.

The ERP is read in full now and then, and in between only what was moved there; X-Series by its feed. A full reading
that was cut off goes on at its page. Nothing is concluded from a reading that did not end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.domain.ids import LocationId
from syncd.domain.reasons import Reason
from syncd.domain.rules import Route
from syncd.domain.stock import BadLevel, OnHandPage
from syncd.domain.stock_report import BAD_KEPT_MAX
from syncd.errors import NotFound, NotUnderstood
from syncd.jobs.given import Given, Run
from syncd.jobs.holding import hold
from syncd.jobs.read_ahead import read_ahead
from syncd.log import logger
from syncd.store import cursors, holds, levels, matches, numbers, readings
from syncd.store.codec import to_moment
from syncd.store.compare import Place
from syncd.store.database import Transaction
from syncd.store.levels import RetailNumbers, Scaler
from syncd.store.numbers import Kind
from syncd.store.readings import ERP_CHANGES, ERP_FULL, Reading

RESUME_MAX = timedelta(hours=1)  # a reading that was cut off longer ago begins anew: its first pages are old
EMPTY_FROM_ITEMS = 20  # or most of a place: so many are not archived between two readings
MOVED_SHARE_MAX = 4  # when more than one in so many items was moved, reading all of them is the shorter way


@dataclass(slots=True)
class Shelves:
    """Both sides' levels in the store: which places, by which numbers, and what was found to be wrong with them."""

    erp: int
    known: RetailNumbers
    places: list[Place]
    unmapped: tuple[LocationId, ...]
    left_out: dict[LocationId, str] = field(default_factory=dict)
    bad: list[BadLevel] = field(default_factory=list)
    bad_count: int = 0
    retail_rows: int = 0  # that the feed has shown in this run
    read_at: datetime | None = None  # when the newest full reading of the ERP began

    @property
    def numbers_of_locations(self) -> dict[LocationId, int]:
        return {place.location: place.location_number for place in self.places}

    @property
    def outlet_of(self) -> dict[int, int]:
        return {place.location_number: place.outlet_number for place in self.places}

    def note_bad(self, found: Sequence[BadLevel], where: str) -> None:
        self.bad_count += len(found)
        for one in found[: BAD_KEPT_MAX - len(self.bad)]:
            self.bad.append(BadLevel(f"{where}: {one.item}", one.said))
        for one in found:
            logger("stock").warning("a level makes no sense", where=where, item=one.item, said=one.said)

    def leave_out(self, location: LocationId, why: str) -> None:
        """Compare nothing there: what is in the store of it is not what is there now."""
        self.left_out[location] = why
        self.places = [place for place in self.places if place.location != location]


def open_shelves(given: Given, run: Run, routes: Mapping[LocationId, Route]) -> Shelves:
    """The places that can be compared. A mapped location that the ERP has no more is held, the others go on."""
    there = given.erp.read_locations()
    account = given.account
    with given.database.write() as tx:
        erp = numbers.number_of(tx, account, Kind.ERP)
        known = RetailNumbers(tx, account)
        known.learn(tx, {route.outlet for route in routes.values()}, ())
        places = [
            Place(
                location,
                numbers.number_of(tx, account, Kind.LOCATION, location),
                route.outlet,
                known.outlets[route.outlet],
                route.outlet_name,
            )
            for location, route in routes.items()
        ]
    unmapped = tuple(sorted(set(there) - routes.keys()))
    shelves = Shelves(erp, known, places, unmapped)
    for location in routes:
        if location not in there:
            has = f"It has: {', '.join(sorted(there)) or 'none'}."
            _hold(given, run, shelves, location, Reason.LOCATION_VANISHED, f"the ERP has no location {location}. {has}")
    return shelves


# ------------------------------------------------------------------ the ERP


def read_erp(given: Given, run: Run, shelves: Shelves, *, full: bool) -> None:
    """Bring the picture of the ERP's shelves up to date."""
    with given.database.write() as tx:
        readings.forget_places(tx, given.account, but=shelves.numbers_of_locations)
        before = readings.find(tx, given.account, ERP_FULL)
        since = _changes_from(tx, given, before)
        upto = cursors.position(tx, given.account, cursors.ERP_ORDERS)
    # Reserved first. Goods shipped between the two questions are then missing for one pass, which is the safe side;
    # the other way round they would be there twice.
    read_reserved(given, shelves)
    is_due = full or since is None or _is_old(given, before)
    moved = None if is_due or since is None else given.erp.read_moved_items(since)
    # From where on the next reading of changes asks: the ERP's own time, as its orders were read up to.
    began_at = to_moment(upto) if upto else given.clock.now()
    if moved is not None and _read_changes(given, run, shelves, moved):
        with given.database.write() as tx:
            readings.begin(tx, given.account, ERP_CHANGES, now=began_at)
        _read_whole(given, run, shelves)
    else:
        _read_in_full(given, run, shelves, began_at)
    with given.database.read() as tx:
        done = readings.find(tx, given.account, ERP_FULL)
    shelves.read_at = done.began_at if done else None


def read_reserved(given: Given, shelves: Shelves, items: Sequence[int] | None = None) -> None:
    """Read what is promised to orders; only of these items when some are given."""
    locations = shelves.numbers_of_locations
    found = given.erp.read_reserved(list(locations), items) if locations else []
    with given.database.write() as tx:
        bad = levels.keep_reserved(tx, locations, found, items)
    shelves.note_bad(bad, "the ERP, reserved")


def read_on_hand(given: Given, run: Run, shelves: Shelves, place: Place, items: Sequence[int], scale: Scaler) -> bool:
    """Read what stands of these items (ascending) at one place; False when the place was left out."""
    return _keep_on_hand(given, run, shelves, _ask_on_hand(given, place, items), scale)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of one place, and what the ERP said."""

    place: Place
    items: Sequence[int]  # ascending
    said: OnHandPage | NotFound


def _ask_on_hand(given: Given, place: Place, items: Sequence[int]) -> _Asked:
    try:
        return _Asked(place, items, given.erp.read_on_hand(place.location, items))
    except NotFound as error:
        return _Asked(place, items, error)


def _keep_on_hand(given: Given, run: Run, shelves: Shelves, asked: _Asked, scale: Scaler, *, to: str = "") -> bool:
    """Keep what was said; False when the place was left out. `to` is where its reading stands with this page."""
    place, items, page = asked.place, asked.items, asked.said
    if isinstance(page, NotFound):
        _hold(given, run, shelves, place.location, Reason.LOCATION_VANISHED, str(page))
        return False
    given.at("stock.page_read")
    with given.database.stage() as tx:
        # Absence is not zero, and all of a page absent at once is no absence: another company, a lost right.
        gone, of = (0, 0) if page.levels or page.bad else levels.count_standing(tx, place.location_number, items)
        is_empty = is_empty_side(gone, of)
        if not is_empty:
            bad = levels.keep_on_hand(tx, place.location_number, items, page.levels, scale)
            if to:
                readings.advance(tx, given.account, readings.whole(place.location), to, rows=len(page.levels))
    given.at("stock.page_kept")
    if is_empty:
        said = f"of {gone} items that stood at {place.location} the ERP tells nothing any more"
        _hold(given, run, shelves, place.location, Reason.STOCK_SIDE_EMPTY, said)
        return False
    shelves.note_bad([*page.bad, *bad], f"the ERP at {place.location}")
    run.count("erp_levels_read", len(page.levels))
    return True


def is_empty_side(gone: int, of: int) -> bool:
    """Whether so many levels gone at once are a side that tells nothing, and not items that were archived."""
    return gone >= EMPTY_FROM_ITEMS or gone * 2 > of


def _changes_from(tx: Transaction, given: Given, before: Reading | None) -> datetime | None:
    """From when on changes are to be asked for; None when there is no complete picture that they could change."""
    if before is None or before.ended_at is None:
        return None
    changes = readings.find(tx, given.account, ERP_CHANGES)
    return changes.began_at if changes else None


def _is_old(given: Given, before: Reading | None) -> bool:
    return before is None or given.clock.now() - before.began_at >= given.settings.stock_full_read


def _read_changes(given: Given, run: Run, shelves: Shelves, moved: Sequence[int]) -> bool:
    """Read the moved items at every place; False when a full reading is the better way.

    Where nothing was read yet, all of it is read next. Where a part was, what moved may be in it.
    """
    with given.database.read() as tx:
        known = levels.known_items(tx, shelves.erp)
        begun = [place for place in shelves.places if readings.find(tx, given.account, readings.whole(place.location))]
    if len(moved) * MOVED_SHARE_MAX > len(known) and len(moved) > given.erp.items_a_request:
        return False
    if set(moved) - set(known):
        known = _read_items(given, shelves)
    # What is no stocked item with a SKU has no level to compare.
    wanted = sorted(set(moved) & set(known))
    scale = Scaler()
    for place in begun:
        for items in _portions(wanted, given.erp.items_a_request):
            if not read_on_hand(given, run, shelves, place, items, scale):
                break
    run.count("items_moved", len(wanted))
    return True


def _read_in_full(given: Given, run: Run, shelves: Shelves, began_at: datetime) -> None:
    """Read all; `began_at` is the ERP's time. What moves behind a page that was read is a change since then."""
    now = given.clock.now()
    with given.database.read() as tx:
        reading = readings.find(tx, given.account, ERP_FULL)
    if reading is None or reading.ended_at is not None or now - reading.began_at >= RESUME_MAX:
        _read_items(given, shelves)
        with given.database.write() as tx:
            readings.begin(tx, given.account, ERP_FULL, now=now)
            readings.begin(tx, given.account, ERP_CHANGES, now=began_at)
            readings.forget_places(tx, given.account)
    _read_whole(given, run, shelves)
    with given.database.write() as tx:
        readings.end(tx, given.account, ERP_FULL, now=given.clock.now())


def _read_whole(given: Given, run: Run, shelves: Shelves) -> None:
    """Read what is missing at the places that were not read whole since their picture was last lost."""
    with given.database.write() as tx:
        items = levels.known_items(tx, shelves.erp)
        reached = _reached(tx, given, shelves.places)
    scale = Scaler()
    pages = pages_left(shelves.places, items, given.erp.items_a_request, reached)
    total = len(items) * len(shelves.places)
    done = total - sum(len(portion) for _, portion in pages)
    # A place that is left out is asked for no more, but for the page that is on its way already.
    wanted = ((place, items) for place, items in pages if place.location not in shelves.left_out)
    answers = (_ask_on_hand(given, place, items) for place, items in wanted)
    for asked in read_ahead(answers, beside=given.reads_ahead):
        if asked.place.location not in shelves.left_out:
            _keep_on_hand(given, run, shelves, asked, scale, to=str(asked.items[-1]))
        done += len(asked.items)
        run.progress("levels of the ERP", done, total)
    with given.database.write() as tx:
        for location in reached.keys() - shelves.left_out.keys():
            readings.end(tx, given.account, readings.whole(location), now=given.clock.now())


def _reached(tx: Transaction, given: Given, places: Sequence[Place]) -> dict[LocationId, int]:
    """The places that are not read whole yet, each with the item that was kept last there; begin where none was."""
    now, reached = given.clock.now(), {}
    for place in places:
        name = readings.whole(place.location)
        reading = readings.find(tx, given.account, name)
        if reading is None or (reading.ended_at is None and now - reading.began_at >= RESUME_MAX):
            reading = readings.begin(tx, given.account, name, now=now)
        if reading.ended_at is None:
            reached[place.location] = int(reading.position or 0)
    return reached


def pages_left(
    places: Sequence[Place], items: Sequence[int], size: int, reached: Mapping[LocationId, int]
) -> list[tuple[Place, Sequence[int]]]:
    """The pages that are still to be read at the places that are not whole; `reached` says which item was kept last."""
    pages: list[tuple[Place, Sequence[int]]] = []
    for place in [place for place in places if place.location in reached]:
        rest = [item for item in items if item > reached[place.location]]
        pages.extend((place, portion) for portion in _portions(rest, size))
    return pages


def _read_items(given: Given, shelves: Shelves) -> list[int]:
    """Read the ERP's list of items, and forget those that are gone. Raise NotUnderstood when all are gone at once."""
    found: list[int] = []
    changed = 0
    for page in read_ahead(given.erp.read_items(), beside=given.reads_ahead):
        with given.database.stage() as tx:
            changed += levels.keep_items(tx, shelves.erp, page)
        found.extend(one.number for one in page)
    with given.database.write() as tx:
        gone = sorted(set(levels.known_items(tx, shelves.erp)) - set(found))
        if gone and not found:
            raise NotUnderstood(
                f"the ERP lists no product at all, and it had {len(gone)}; nothing is concluded from that",
                hint="May its user still read products, and is it the right company?",
                side="erp",
            )
        if gone:
            levels.drop_items(tx, shelves.erp, shelves.numbers_of_locations.values(), gone)
        if gone or changed:
            matches.forget(tx, given.account)
    return sorted(found)


def _portions(items: Sequence[int], size: int) -> list[Sequence[int]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


# ------------------------------------------------------------------ X-Series


def read_retail(given: Given, run: Run, shelves: Shelves) -> int:
    """Read what has changed of X-Series' inventory; return how many rows that were."""
    account = given.account
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        after = cursors.version(tx, account, cursors.INVENTORY)
    scale, rows = Scaler(), 0
    for page in read_ahead(given.retail.read_levels(after=after), beside=given.reads_ahead):
        if not page:
            break
        newest = max([row[4] for row in page])
        with given.database.stage() as tx:
            bad = levels.keep_retail(tx, shelves.known, page, scale)
            cursors.move(tx, account, cursors.INVENTORY, str(newest), ticket=ticket, now=given.clock.now())
        shelves.note_bad(bad, "X-Series")
        rows += len(page)
        run.progress("levels of X-Series", rows)
        given.at("stock.retail_page_kept")
    shelves.retail_rows += rows
    return rows


# ------------------------------------------------------------------ holds


def subject_of(location: LocationId) -> str:
    return f"stock:location:{location}"


def _hold(given: Given, run: Run, shelves: Shelves, location: LocationId, reason: Reason, detail: str) -> None:
    shelves.leave_out(location, detail)
    with given.database.write() as tx:
        readings.forget(tx, given.account, readings.whole(location))
        hold(tx, given, run, subject_of(location), order=None, reason=reason, detail=detail)


def close_holds(given: Given, shelves: Shelves) -> None:
    """Whatever was wrong with a place that was read whole now is over."""
    whole = {subject_of(place.location) for place in shelves.places}
    with given.database.read() as tx:
        over = [one.subject for one in holds.open_holds(tx, given.account) if one.subject in whole]
    for subject in over:
        with given.database.write() as tx:
            because = "the location was read whole again"
            holds.close(tx, given.account, subject, because=because, now=given.clock.now())
