"""`xner-tagger serve`, as a user starts it."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("fastapi", reason="FastAPI comes with the extra serve")

from tests.serving.server import MAIN, served  # noqa: E402
from tests.tagger.conftest import archived, exported, folder  # noqa: E402,F401
from tests.tagger.texts import texts  # noqa: E402
from tests.tiny_runs import ROOT  # noqa: E402
from xner_allennlp import Tagger  # noqa: E402
from xner_allennlp.console.tagger import main  # noqa: E402

ARCHIVE = ROOT / "tests" / "portability" / "modern.tar.gz"


@pytest.fixture(name="run")
def _run(runner_of: Any) -> Any:
    return runner_of(main)


def tagged(address: str, text: str) -> Any:
    head = {"Content-Type": "application/json"}
    request = Request(f"{address}tag", json.dumps({"text": text}).encode("utf-8"), head)
    with urlopen(request) as answer:
        return [tuple(entity.values()) for entity in json.load(answer)["entities"]]


@pytest.mark.parametrize("arguments", [(), ("--host", "::1")], ids=["default", "IPv6"])
def test_a_folder_is_served_without_allennlp(
    folder: Path,  # noqa: F811
    exported: Tagger,  # noqa: F811
    tmp_path: Path,
    arguments: Any,
) -> None:
    # A package of this name that cannot be imported.
    (tmp_path / "allennlp.py").write_text("raise RuntimeError('AllenNLP is imported')\n", "utf-8")
    text = "\n\n".join(texts(10))
    with served(str(folder), *arguments, path=tmp_path) as (address, server):
        assert tagged(address, text) == exported.tag(text)
        server.send_signal(signal.SIGINT)
        assert server.wait() == 0


def test_an_archive_is_served(archived: Tagger) -> None:  # noqa: F811
    text = "\n\n".join(texts(10))
    with served(str(ARCHIVE)) as (address, _):
        assert tagged(address, text) == archived.tag(text)
        with urlopen(f"{address}health") as answer:
            assert json.load(answer)["tagger"] == "portability/modern.tar.gz"


def test_mistakes(run: Any, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    done = run("serve", tmp_path / "none")
    assert done.status == 2 and "there is no tagger" in done.err
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", folder, "--port", port)
    assert done.status == 2 and f"127.0.0.1 port {port} cannot be had (Address already" in done.err
    assert "--port; 0 takes any free one" in done.err
    for host in ("192.0.2.1", "no.such.host.invalid"):
        done = run("serve", folder, "--host", host, "--port", "0")
        assert done.status == 2 and "--host" in done.err
    for port in ("-1", "65536", "x"):
        assert run("serve", folder, f"--port={port}").status == 2
    done = run("serve", folder, "--port", "0", "--device", "cuda:99")
    assert done.status == 2 and "the device cuda:99 cannot be used here" in done.err
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / "config.json").unlink()
    done = run("serve", tmp_path / "broken", "--port", "0")
    assert done.status == 2 and "export the tagger anew" in done.err


def test_without_the_extra(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    program = f"import sys; sys.modules['fastapi'] = None; {MAIN}"
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.endswith("or pip install 'xner_allennlp[serve]'\n")
