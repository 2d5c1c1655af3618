"""Sends webhooks from a thread of its own: five seconds to answer, then again later (FACTS 5)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from syncd.sandbox.oauth import FORM
from syncd.sandbox.webhooks import Attempt, Delivery, Webhooks, address_of
from syncd.sandbox.world import Clock

ANSWER_S_MAX = 5  # FACTS 5
LOOK_EVERY_S = 0.05  # while something is waiting: the clock may be a virtual one, which nobody can wait for
STOP_S_MAX = ANSWER_S_MAX + 1
BY_SWITCH = "failed by the switch `webhooks`"


class Postman:
    """Starts with the first delivery, sleeps while there is none, and is gone after `stop`."""

    def __init__(self, lock: threading.RLock, clock: Clock, webhooks: Callable[[], Webhooks]) -> None:
        self._wake = threading.Condition(lock)
        self._clock = clock
        self._webhooks = webhooks
        self._thread: threading.Thread | None = None
        self._stopped = False

    def wake(self) -> None:
        """Look at the deliveries now; hold the lock."""
        if self._stopped or not self._webhooks().is_waiting:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sandbox-postman", daemon=True)
            self._thread.start()
        self._wake.notify()

    def stop(self) -> None:
        """Send nothing more; an attempt that runs is waited for."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(STOP_S_MAX)

    def _run(self) -> None:
        while (delivery := self._take()) is not None:
            status, error = (None, BY_SWITCH) if delivery.fails > len(delivery.attempts) else _send(delivery)
            with self._wake:
                delivery.tried(Attempt(self._clock(), status, error))

    def _take(self) -> Delivery | None:
        """Wait for a delivery that is due; None means: stop."""
        with self._wake:
            while not self._stopped:
                webhooks = self._webhooks()  # a reset puts new ones in their place
                delivery = webhooks.next_due(self._clock())
                if delivery is not None:
                    return delivery  # it stays waiting until it was tried: nobody else sends
                self._wake.wait(LOOK_EVERY_S if webhooks.is_waiting else None)
        return None


def _send(delivery: Delivery) -> tuple[int | None, str | None]:
    """Make one attempt; return the status, or what went wrong. Redirects are not followed."""
    host, port, path = address_of(delivery.url)
    headers = {"Content-Type": f"{FORM}; charset=utf-8", "User-Agent": "X-Series sandbox webhooks"}
    if delivery.signature is not None:
        headers["X-Signature"] = delivery.signature
    connection = HTTPConnection(host, port, timeout=ANSWER_S_MAX)
    # The timeout above is one of each read: an answer that drips in would never end.
    alarm = threading.Timer(ANSWER_S_MAX, _hang_up, [connection])
    alarm.start()
    try:
        connection.request("POST", path, delivery.body, headers)
        return connection.getresponse().status, None
    except (OSError, HTTPException) as error:
        return None, str(error) or type(error).__name__
    finally:
        alarm.cancel()
        connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    open_socket = connection.sock
    if open_socket is not None:
        try:
            open_socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was closed meanwhile
