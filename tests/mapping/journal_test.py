import csv
import glob
import struct

from tensorboardX.proto.event_pb2 import Event

from xner_allennlp.mapping.journal import Journal

RECORDS = [
    {"restart": 0, "phase": "start", "epoch": 1, "criterion": 0.25},
    {"restart": 0, "phase": "refinement", "iteration": 1, "dictionary_size": 7},
]


def read_table(folder):
    with open(folder / "steps.tsv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def read_curves(folder):
    """(step, value) of every tag. A record is a length, a checksum, an event and a checksum."""
    curves = {}
    for path in (folder / "log").iterdir():
        content = path.read_bytes()
        while content:
            (length,) = struct.unpack("<Q", content[:8])
            event = Event.FromString(content[12 : 12 + length])
            for value in event.summary.value:
                curves.setdefault(value.tag, []).append((event.step, value.simple_value))
            content = content[12 + length + 4 :]
    return curves


def test_the_table_can_be_read_while_the_run_goes_on(tmp_path) -> None:
    journal = Journal(tmp_path)
    journal(RECORDS[0])
    assert [row["criterion"] for row in read_table(tmp_path)] == ["0.25"]
    journal(RECORDS[1])
    assert [row["step"] for row in read_table(tmp_path)] == ["1", "2"]
    assert not (tmp_path / "criterion.png").exists()
    journal.close()
    assert (tmp_path / "criterion.png").stat().st_size > 1000
    curves = read_curves(tmp_path)
    assert curves["restart0/start/criterion"] == [(1, 0.25)]
    assert curves["restart0/refinement/dictionary_size"] == [(2, 7.0)]


def test_a_resumed_run_tells_its_steps_again_and_none_is_twice(tmp_path) -> None:
    interrupted = Journal(tmp_path)
    interrupted(RECORDS[0])
    resumed = Journal(tmp_path)
    for record in RECORDS:
        resumed(record)
    resumed.close()
    assert [row["phase"] for row in read_table(tmp_path)] == ["start", "refinement"]
    assert read_curves(tmp_path)["restart0/start/criterion"] == [(1, 0.25)]
    assert len(glob.glob(str(tmp_path / "log" / "events*"))) == 1


def test_nothing_is_drawn_of_nothing(tmp_path) -> None:
    Journal(tmp_path).close()
    assert list(tmp_path.iterdir()) == []
