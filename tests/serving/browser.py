"""
Chromium without a window, led by Debian's chromedriver (package `chromium-driver`) in the words of
the WebDriver standard.
"""

import base64
import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional
from urllib.error import HTTPError
from urllib.request import Request, urlopen

DRIVER = shutil.which("chromedriver")

CONTROL = "\ue009"
TAB = "\ue004"
ENTER = "\ue007"
RIGHT = "\ue014"
SPACE = " "


class Browser:
    """One window; made by `browser`."""

    def __init__(self, session: str) -> None:
        self._session = session

    def _do(self, command: str, **parameters: Any) -> Any:
        return _post(f"{self._session}/{command}", parameters)

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._do("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, address: str) -> None:
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        self.devtools("Browser.grantPermissions", permissions=permissions)
        self._do("url", url=address)

    def run(self, script: str, *arguments: Any) -> Any:
        """What JavaScript returns; a promise is awaited."""
        return self._do("execute/sync", script=script, args=list(arguments))

    def wait(self, script: str, seconds: float = 120) -> Any:
        """What an expression of JavaScript is, as soon as it is true."""
        self._do("timeouts", script=int(seconds * 1000))
        return self.run(
            "return new Promise(done => { (function look() {"
            f"const value = ({script}); value ? done(value) : setTimeout(look, 50);"
            "})(); });"
        )

    def press(self, *keys: str) -> None:
        """Presses keys one after the other where the focus is; a row of keys is held together."""
        actions: List[Dict[str, str]] = []
        for row in keys:
            actions += [{"type": "keyDown", "value": key} for key in row]
            actions += [{"type": "keyUp", "value": key} for key in reversed(row)]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def click(self, selector: str) -> None:
        """Moves the mouse there and clicks."""
        found = self._do("element", using="css selector", value=selector)
        [element] = found.values()
        self._do(f"element/{element}/click")

    def copied(self) -> str:
        """What is on the clipboard."""
        return self.run("return navigator.clipboard.readText()")

    def paste(self, text: str) -> None:
        """Replaces what has the focus."""
        self.run("return navigator.clipboard.writeText(arguments[0])", text)
        self.press(CONTROL + "a", CONTROL + "v")

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(_get(f"{self._session}/screenshot")))

    def complaints(self) -> List[str]:
        """What the console has shown since the last call."""
        return [entry["message"] for entry in self._do("se/log", type="browser")]

    def requests(self) -> List[str]:
        """The addresses that were asked for since the last call."""
        entries = self._do("se/log", type="performance")
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


@contextmanager
def browser() -> Iterator[Browser]:
    assert DRIVER is not None
    driver = subprocess.Popen(
        [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    session: Optional[str] = None
    try:
        assert driver.stdout is not None
        lines = (re.search(r"successfully on port (\d+)", line) for line in driver.stdout)
        port = next(line[1] for line in lines if line is not None)
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1100,900"]
        }
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = _post(
            f"http://127.0.0.1:{port}/session", {"capabilities": {"alwaysMatch": capabilities}}
        )
        session = f"http://127.0.0.1:{port}/session/{made['sessionId']}"
        yield Browser(session)
    finally:
        if session is not None:
            urlopen(Request(session, method="DELETE"), timeout=60).close()
        driver.terminate()
        driver.wait()


def _post(address: str, parameters: Dict[str, Any]) -> Any:
    return _answer(Request(address, json.dumps(parameters).encode("utf-8"), method="POST"))


def _get(address: str) -> Any:
    return _answer(Request(address))


def _answer(request: Request) -> Any:
    try:
        with urlopen(request, timeout=300) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        raise AssertionError(json.load(error)["value"]["message"]) from None
