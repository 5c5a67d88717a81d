"""Nothing is asked of the network that the user has not asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.tiny_runs import ROOT, callback, tiny_config

# An audit hook hears of every connection and every look-up of a name that Python code tries, also
# where the error is caught. There is no way to take it back, hence the process of its own.
NO_NETWORK = """
import sys
def listen(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event == "socket.connect" else arguments[0]
        if not (isinstance(address, tuple) and address[0] == "127.0.0.1"):
            print("NETWORK", event, address, flush=True)
            raise OSError("no network here")
sys.addaudithook(listen)
"""

PROGRAM = (
    NO_NETWORK
    + """
from allennlp.commands import main as allennlp
from xner_allennlp.console.data import main as xner_data
from xner_allennlp.console.map import main as xner_map

folder = sys.argv[1]
plugin = ["--include-package", "xner_allennlp"]
for command in (
    ["train", folder + "/config.json", "-s", folder + "/run"],
    ["evaluate", folder + "/run/model.tar.gz", folder + "/target.testb"],
    ["predict", folder + "/run/model.tar.gz", folder + "/input.txt"],
):
    sys.argv = ["allennlp", *command, *plugin]
    allennlp()
vectors = ["--source", folder + "/source.vec", "--target", folder + "/target.vec"]
xner_map(["learn", *vectors, "--preset", "semi_supervised", "-s", folder + "/mapping"])
xner_data(["sources"])
print("DONE")
"""
)


def test_commands_of_every_kind_without_a_network(tmp_path: Path) -> None:
    config = tiny_config("cross_word", tmp_path)
    callback(config, "source_passes")["num_passes"] = 1
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    (tmp_path / "input.txt").write_text("a b c\n", "utf-8")
    for language in ("source", "target"):
        whole = (ROOT / "fixtures" / "toy" / "vectors" / f"{language}.vec").read_text("utf-8")
        few = "\n".join(whole.split("\n")[1:301]) + "\n"
        (tmp_path / f"{language}.vec").write_text(few, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stdout
    assert "NETWORK" not in done.stdout
