"""Everything that can go wrong, sorted by what to do next. A caller reads the class, never the text.

* SyncdError
  - ConfigError          the file is wrong             -> mend it, exit 2
  - UsageError           the command is wrong          -> mend it, exit 2
  - StalePlan            a saved plan is not true now  -> make it anew, exit 1
  - StillUnknown         an earlier write may have been -> wait for the next run, exit 1
  - StoreError           the database is not usable    -> the message says how to mend it
    x LockHeld           another process applies       -> wait or come back, exit 4
    x WriterLost         another writer took over      -> stop this run at once
    x AlreadyLinked      a sale is another part's      -> hold, tell a person
    x SchemaMismatch     the tables are of another version -> `syncd store upgrade`
  - OutsideError         one of the two sides
    x NotSent            nothing left this machine     -> send again later
      x ReadOnly         a dry run wanted to write     -> our own bug; nothing was sent
      x Throttled        asked to wait (`wait`)        -> send again after the wait
    x Unauthorized       401 after a fresh log-in      -> stop the job, exit 6
    x Forbidden          403, wrong host or database   -> stop the job, exit 6
    x Unanswered         it may have happened          -> look it up, then decide
    x Conflict           409                           -> look it up, then decide
    x Refused            any other 4xx                 -> hold, tell a person
      x NotFound         the thing asked for is not there
      x NotEnoughStock   the ERP's shelf is empty      -> hold, try again in a while
    x NotUnderstood      a read's answer makes no sense -> try again; then a person
  - BadRecord            one row from outside is wrong -> hold that row, go on with the others
"""

from __future__ import annotations

import inspect
from datetime import timedelta


class SyncdError(Exception):
    """Something went wrong in the sync."""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        self.message = message or inspect.cleandoc(type(self).__doc__ or "")
        self.hint = hint
        stop = "" if not hint or self.message.endswith((".", "!", "?")) else "."
        super().__init__(f"{self.message}{stop} {hint}".strip())


class ConfigError(SyncdError):
    """The configuration is wrong. `syncd config validate` shows every mistake with its place."""


class UsageError(SyncdError):
    """The command line is wrong. `syncd --help` shows what can be said."""


class StalePlan(SyncdError):
    """The plan is not what would be planned now: something moved since it was made. Make it again."""


class StillUnknown(SyncdError):
    """Nobody knows yet whether an earlier batch of corrections happened. The next run looks again."""


class StoreError(SyncdError):
    """The database cannot be used. `syncd check` says what is wrong with it."""


class LockHeld(StoreError):
    """Another process holds the lock of this account. Wait for it, or use `--wait SECONDS`."""


class WriterLost(StoreError):
    """Another process became the writer of this account; this run stops and sends nothing more."""


class AlreadyLinked(StoreError):
    """This sale is linked to another part of an order already."""


class SchemaMismatch(StoreError):
    """The database has the tables of another version. Run `syncd store upgrade`."""


class OutsideError(SyncdError):
    """One of the two sides could not do what was asked."""

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        side: str = "",
        status: int | None = None,
        request_id: str | None = None,
        body: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.side = side
        self.status = status
        self.request_id = request_id
        self.body = body


class NotSent(OutsideError):
    """Nothing left this machine: the other side could not be reached. It is tried again later."""


class ReadOnly(NotSent):
    """A dry run, a plan or shadow mode wanted to write; nothing was sent."""


class Throttled(NotSent):
    """The other side asks to wait. It is tried again after the wait."""

    def __init__(self, message: str = "", *, wait: timedelta, side: str = "", status: int | None = None) -> None:
        super().__init__(message, side=side, status=status)
        self.wait = wait


class Unauthorized(OutsideError):
    """The other side does not accept our credentials. Check user, password or token in the config."""


class Forbidden(OutsideError):
    """The other side knows us but does not allow this. Check the rights of the user or the token's scopes."""


class Unanswered(OutsideError):
    """The request left this machine and no usable answer came: it may have been done."""


class Conflict(OutsideError):
    """The other side says that this is already there, or has changed meanwhile."""


class Refused(OutsideError):
    """The other side refuses the request as it is. A person has to look at it."""


class NotFound(Refused):
    """The other side does not know this id."""


class NotEnoughStock(Refused):
    """The ERP has not enough on its shelf to ship this. Count or receive the goods there."""


class NotUnderstood(OutsideError):
    """The other side's answer cannot be understood."""


class BadRecord(SyncdError):
    """A record from outside cannot be understood; it is held, the others go on."""

    def __init__(self, message: str = "", *, record: str = "", field: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.record = record
        self.field = field
