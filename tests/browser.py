"""A headless Chromium, driven over the W3C WebDriver protocol by plain HTTP: no further dependency.

It is Debian's `chromium` with `chromium-driver`; a test that finds neither says so and is skipped.
"""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import pytest

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
START_S_MAX, ANSWER_S_MAX = 30.0, 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name the standard gives to a reference to an element
FLAGS = (
    "--headless",
    "--no-sandbox",  # it cannot have one as root; it sees loopback pages only
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing beyond this machine has an address
)


class Browser:
    """One window, for as long as the block lasts."""

    def __init__(self, *, width: int = 1400, height: int = 1000) -> None:
        missing = [each for each in (CHROMIUM, DRIVER) if not shutil.which(each)]
        if missing:
            pytest.skip(f"{' and '.join(missing)} not there: apt-get install chromium chromium-driver")
        self._size = f"--window-size={width},{height}"

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        port = _free_port()
        quiet = subprocess.DEVNULL
        self._driver = subprocess.Popen([DRIVER, f"--port={port}"], stdout=quiet, stderr=quiet)
        url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=url, timeout=ANSWER_S_MAX, trust_env=False, verify=False)
        self._session = ""
        try:
            self._wait_for_driver()
            args = [*FLAGS, self._size, f"--user-data-dir={self._profile.name}"]
            options = {"binary": CHROMIUM, "args": args}
            wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
            self._session = f"/session/{self._call('POST', '/session', wanted)['sessionId']}"
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        try:
            if self._session:
                self._call("DELETE", self._session)
        finally:
            self._client.close()
            self._driver.terminate()
            self._driver.wait()
            self._profile.cleanup()

    def _wait_for_driver(self) -> None:
        until = time.monotonic() + START_S_MAX
        while True:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.05)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body if method == "POST" else None)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def go(self, url: str) -> None:
        """Open a page and wait until it is there."""
        self._call("POST", f"{self._session}/url", {"url": url})

    @property
    def url(self) -> str:
        """Where it is now."""
        return str(self._call("GET", f"{self._session}/url"))

    def texts(self, css: str) -> list[str]:
        """Return what a person reads in each element."""
        return [str(self._call("GET", f"{self._session}/element/{each}/text")) for each in self._find(css)]

    def follow(self, css: str) -> None:
        """Click the one element and wait for the page it leads to."""
        (element,) = self._find(css)
        with self._new_page():
            self._call("POST", f"{self._session}/element/{element}/click", {})

    def submit(self, css: str, text: str) -> None:
        """Type into the one element, press enter, and wait for the page it leads to."""
        (element,) = self._find(css)
        with self._new_page():
            self._call("POST", f"{self._session}/element/{element}/value", {"text": f"{text}\n"})

    @contextmanager
    def _new_page(self) -> Iterator[None]:
        # A click answers before a form has been sent: whoever looks at once may still see the old page.
        self.run("window.isOld = true")
        yield
        until = time.monotonic() + ANSWER_S_MAX
        while not self.run("return !window.isOld && document.readyState === 'complete'"):
            assert time.monotonic() < until, f"no new page came after {self.url}"
            time.sleep(0.01)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._call("POST", f"{self._session}/window/rect", {"width": width, "height": height})

    def run(self, script: str) -> Any:
        """Run a script in the page and return what it returns."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def photograph(self, path: Path) -> None:
        """Save what the window shows."""
        path.write_bytes(base64.b64decode(self._call("GET", f"{self._session}/screenshot")))

    def _find(self, css: str) -> list[str]:
        found = self._call("POST", f"{self._session}/elements", {"using": "css selector", "value": css})
        return [str(each[ELEMENT]) for each in found]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
