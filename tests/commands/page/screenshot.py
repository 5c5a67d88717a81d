"""
    python screenshot.py PAGE PICTURE

Opens a page in Chromium (QtWebEngine of PySide6), clicks its filters, saves a picture, and prints a
JSON object of what was shown, asked for and complained about. Run as a process of its own: Qt ends
by leaving.
"""

import json
import os
import sys
from typing import Any, Dict, List

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QTWEBENGINE_CHROMIUM_FLAGS", "--no-sandbox --disable-gpu")

from PySide6.QtCore import QTimer, QUrl  # noqa: E402
from PySide6.QtWebEngineCore import (  # noqa: E402
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineUrlRequestInterceptor,
)
from PySide6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

LOOK = """
(() => {
  const articles = [...document.querySelectorAll("article")];
  const shown = () => articles.filter(a => a.offsetHeight > 0).length;
  const left = e => e.getBoundingClientRect().left;
  const all = shown();
  const directions = [...document.querySelectorAll(".entities")].map(t => {
    const entities = t.querySelectorAll("mark");
    return entities.length < 2 ? "" : left(entities[0]) < left(entities[1]) ? "ltr" : "rtl";
  });
  document.getElementById("only-errors").click();
  const errors = shown();
  const type = document.getElementById("type");
  type.value = "PER";
  type.dispatchEvent(new Event("change"));
  const of_type = shown();
  const said = document.getElementById("shown").value;
  type.value = "";
  document.getElementById("only-errors").click();
  return JSON.stringify({all, errors, of_type, said, directions, title: document.title});
})()
"""


class Requests(QWebEngineUrlRequestInterceptor):
    def __init__(self) -> None:
        super().__init__()
        self.urls: List[str] = []

    def interceptRequest(self, info: Any) -> None:
        self.urls.append(info.requestUrl().toString())


class Page(QWebEnginePage):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.messages: List[str] = []

    def javaScriptConsoleMessage(self, level: Any, message: str, line: int, source: str) -> None:
        self.messages.append(message)


def main(path: str, picture: str) -> int:
    app = QApplication([sys.argv[0]])
    profile, requests, view = QWebEngineProfile(), Requests(), QWebEngineView()
    profile.setUrlRequestInterceptor(requests)
    page = Page(profile, view)
    view.setPage(page)
    view.resize(1100, 1000)
    found: Dict[str, Any] = {}

    def finish() -> None:
        found.update(saved=view.grab().save(picture), requests=requests.urls, console=page.messages)
        print(json.dumps(found))
        app.exit(0)

    def keep(answer: str) -> None:
        found.update(json.loads(answer))
        QTimer.singleShot(1000, finish)  # until it is painted

    page.loadFinished.connect(lambda ok: page.runJavaScript(LOOK, 0, keep))
    view.show()
    view.load(QUrl.fromLocalFile(os.path.abspath(path)))
    QTimer.singleShot(60_000, lambda: app.exit(1))
    return int(app.exec())


if __name__ == "__main__":
    status = main(sys.argv[1], sys.argv[2])
    sys.stdout.flush()
    os._exit(status)
