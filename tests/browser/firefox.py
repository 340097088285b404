"""Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi): no driver program is
needed, since Firefox speaks it by itself.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

PATIENCE = 60.0
"""Seconds to wait for the browser to start, or for its answer to a command."""


def firefox_path() -> str | None:
    """Firefox's program, if there is one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A Firefox with one window and a profile of its own.

    Raises RuntimeError if it doesn't start, or answers a command with an error.
    """

    def __init__(self, path: str, scratch: Path):
        profile = scratch / "profile"
        profile.mkdir()
        self._log = scratch / "firefox.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [path, "--headless", "--no-remote", "--profile", str(profile),
                 "--remote-debugging-port", "0"],
                stdout=log, stderr=log,
            )  # fmt: skip
        self.errors: list[str] = []
        """What the pages wrote to the console as errors, or raised."""
        self._number = 0
        try:
            self._socket = websocket.create_connection(
                f"{self._address()}/session", timeout=PATIENCE, suppress_origin=True
            )
            self.command("session.new", capabilities={})
            self.command("session.subscribe", events=["log.entryAdded"])
            tree = self.command("browsingContext.getTree", maxDepth=0)
            self._window: str = tree["contexts"][0]["context"]
        except BaseException:
            self._process.kill()
            raise

    def _address(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = self._log.read_text(errors="replace")
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", text):
                return found[1]
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(
            f"Firefox does not start: {self._log.read_text(errors='replace')[-500:]}"
        )

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and returns its result; events that come before it are noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded":
                if answer["params"]["level"] == "error":
                    self.errors.append(answer["params"]["text"])
            elif answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]

    def open(self, address: str) -> None:
        """Loads a page."""
        self.command("browsingContext.navigate", context=self._window, url=address, wait="complete")

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, which is one that JSON can hold."""
        result = self.command(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._window},
            awaitPromise=False,
        )
        if result["type"] == "exception":
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['text']}")
        return json.loads(result["result"]["value"])

    def wait_for(self, expression: str) -> None:
        """Returns when the expression is true. Raises RuntimeError if it doesn't become true."""
        end = time.monotonic() + PATIENCE
        while not self.ask(f"!!({expression})"):
            if time.monotonic() > end:
                raise RuntimeError(f"not true after {PATIENCE:.0f} s: {expression}")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Clicks the middle of the first element that the selector finds, with a real pointer."""
        found = json.dumps(selector)
        self.ask(f"(document.querySelector({found}).scrollIntoView({{block: 'center'}}), true)")
        x, y = self.ask(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
            f"(document.querySelector({found}).getBoundingClientRect())"
        )
        pointer = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": pointer})

    def press(self, key: str) -> None:
        """Presses and releases a key, given as the character that WebDriver has for it."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def _act(self, source: dict[str, Any]) -> None:
        self.command("input.performActions", context=self._window, actions=[source])

    def close(self) -> None:
        """Ends the session and the browser."""
        try:
            self.command("browser.close")
            self._socket.close()
            self._process.wait(timeout=PATIENCE)
        finally:
            self._process.kill()
