"""
The page in a real browser, where there is one: an interpreter with PySide6 (`pip install
PySide6-Essentials PySide6-Addons`), named by `BROWSER_PYTHON` or this one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.page.made_page import page

PYTHON = os.environ.get("BROWSER_PYTHON", sys.executable)
HAS_BROWSER = (
    subprocess.run(
        [PYTHON, "-c", "import PySide6.QtWebEngineWidgets"], stderr=subprocess.DEVNULL
    ).returncode
    == 0
)


@pytest.mark.skipif(not HAS_BROWSER, reason="no PySide6 with QtWebEngine (see BROWSER_PYTHON)")
def test_page_in_chromium(tmp_path: Path) -> None:
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(page(), encoding="utf-8")
    done = subprocess.run(
        [PYTHON, str(Path(__file__).with_name("screenshot.py")), str(file), str(picture)],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(done.stdout)
    assert seen["console"] == []
    assert seen["requests"] == [file.as_uri()]
    assert seen["title"] == "Title <x>"
    assert (seen["all"], seen["errors"], seen["of_type"]) == (4, 2, 1)
    assert seen["said"] == "1"
    assert seen["directions"] == ["rtl", "rtl", "", "", "ltr", ""]
    assert seen["saved"] and picture.stat().st_size > 10_000
