"""Archives from elsewhere: what is refused, and that nothing of it is written or run."""

import gzip
import importlib.util
import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader
from allennlp.models import archival, load_archive
from allennlp.nn.initializers import PretrainedModelInitializer

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.common.archives import extracted_archive, unpacking
from xner_allennlp.common.strictness import load_strictly

pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture(name="archive_file", scope="module")
def _archive_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves."""
    folder = tmp_path_factory.mktemp("run")
    config = tiny_config("cross_word_no_char", folder / "data")
    callback(config, "source_passes")["num_passes"] = 1
    train(config, folder / "run")
    return folder / "run" / "model.tar.gz"


@pytest.fixture(name="strict")
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives are checked of which nobody can say that they are ours."""
    monkeypatch.setenv("XNER_STRICT", "all")


def member(name: str, type: bytes = tarfile.REGTYPE, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = type
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def with_members(archive_file: Path, to: Path, *members: tarfile.TarInfo) -> Path:
    """The archive with these members, of the content `evil`, before its own."""
    with tarfile.open(archive_file) as whole, tarfile.open(to, "w:gz") as changed:
        for info in members:
            info.size = 4 if info.isreg() else 0
            changed.addfile(info, io.BytesIO(b"evil"))
        for info in whole:
            changed.addfile(info, whole.extractfile(info) if info.isreg() else None)
    return to


def with_content(archive_file: Path, to: Path, **contents: bytes) -> Path:
    """The archive with other contents of some members (`config_json=`, `weights_th=`)."""
    with tarfile.open(archive_file) as whole, tarfile.open(to, "w:gz") as changed:
        for info in whole:
            file = whole.extractfile(info) if info.isreg() else None
            content = contents.get(info.name.replace(".", "_"))
            if content is not None:
                info.size, file = len(content), io.BytesIO(content)
            changed.addfile(info, file)
    return to


def test_an_archive_of_ours_is_unpacked_whole(archive_file: Path, temporary: Path) -> None:
    with extracted_archive(archive_file) as folder, tarfile.open(archive_file) as archive:
        assert Path(folder).parent == temporary
        for info in archive:
            file = archive.extractfile(info)
            if file is not None:
                assert (Path(folder) / info.name).read_bytes() == file.read()
        assert {path.name for path in Path(folder).iterdir()} >= {"config.json", "vocabulary"}
    assert list(temporary.iterdir()) == []


def test_the_folder_stays_if_asked(archive_file: Path) -> None:
    with extracted_archive(archive_file, cleanup=False) as folder:
        pass
    assert (Path(folder) / "weights.th").is_file()


def test_allennlp_unpacks_with_it(archive_file: Path, temporary: Path) -> None:
    assert load_archive(archive_file).model is not None
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "evil, reason",
    [
        ([member("/OUTSIDE/gotcha")], "would leave the folder"),
        ([member("../gotcha")], "would leave the folder"),
        ([member("vocabulary/../../gotcha")], "would leave the folder"),
        ([member("out", tarfile.SYMTYPE, linkname="/OUTSIDE"), member("out/gotcha")], "is a link"),
        ([member("out", tarfile.SYMTYPE, linkname="..")], "is a link, to '..'"),
        ([member("in", tarfile.SYMTYPE, linkname="vocabulary")], "is a link"),
        ([member("hard", tarfile.LNKTYPE, linkname="/etc/hostname")], "is a link"),
        ([member("pipe", tarfile.FIFOTYPE)], "is neither a file nor a folder"),
        ([member("null", tarfile.CHRTYPE, devmajor=1, devminor=3)], "is neither a file"),
        ([member("disk", tarfile.BLKTYPE, devmajor=8)], "is neither a file nor a folder"),
        ([member("hard", tarfile.LNKTYPE, linkname="later"), member("later")], "is a link"),
        ([member("a"), member("hard", tarfile.LNKTYPE, linkname="x/../a")], "is a link"),
        ([member("a", tarfile.DIRTYPE), member("b", tarfile.LNKTYPE, linkname="a")], "is a link"),
        ([member("config.json")], "'config.json' comes twice, with different contents"),
        ([member("vocabulary")], "'vocabulary' comes twice, as a file and a folder"),
        ([member("a"), member("a/b")], "'a/b' comes twice, as a file and a folder"),
        ([member("a", tarfile.DIRTYPE), member("a")], "'a' comes twice, as a file and a folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[-1].name.replace("/", "|"),
)
def test_members_that_are_refused(
    archive_file: Path, tmp_path: Path, evil: List[tarfile.TarInfo], reason: str
) -> None:
    for info in evil:
        info.name = info.name.replace("/OUTSIDE", str(tmp_path / "outside"))
        info.linkname = info.linkname.replace("/OUTSIDE", str(tmp_path / "outside"))
    (tmp_path / "outside").mkdir()
    changed = with_members(archive_file, tmp_path / "evil.tar.gz", *evil)
    with pytest.raises(ConfigurationError, match=re.escape(reason)) as raised:
        load_archive(changed)
    assert str(changed) in str(raised.value)
    # Nothing was written outside, and nothing is left inside.
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == ["evil.tar.gz", "outside", "temporary"]


def stock_archive(archive_file: Path, to: Path, *patterns: str) -> Path:
    """An archive as AllenNLP itself makes it of a run with hard links, as it has them."""
    run = to.parent / "run"
    with tarfile.open(archive_file) as archive:
        archive.extractall(run)
    os.rename(run / "weights.th", run / "best.th")
    os.link(run / "best.th", run / "model_state_e1_b0.th")
    # Importing the package has replaced AllenNLP's function, but not its source.
    specification = importlib.util.find_spec("allennlp.models.archival")
    assert specification is not None and specification.loader is not None
    stock = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(stock)
    assert stock.archive_model is not archival.archive_model
    stock.archive_model(run, archive_path=str(to), include_in_archive=list(patterns))
    return to


@pytest.mark.parametrize(
    "pattern, repeated",
    [("*.th", "weights.th"), ("*.json", "config.json"), ("vocabulary/*", "vocabulary/labels.txt")],
)
def test_archives_of_stock_allennlp(
    archive_file: Path, tmp_path: Path, pattern: str, repeated: str
) -> None:
    stock = stock_archive(archive_file, tmp_path / "stock.tar.gz", pattern)
    with tarfile.open(stock) as archive:
        members = archive.getmembers()
    linked = {info.name for info in members if info.islnk() and info.linkname == repeated}
    assert linked == ({"best.th", "model_state_e1_b0.th"} if pattern == "*.th" else set())
    assert linked or [info.name for info in members].count(repeated) == 2
    with extracted_archive(stock) as folder:
        for name in linked:
            path = Path(folder) / name
            assert path.read_bytes() == (tmp_path / "run" / "best.th").read_bytes()
            assert path.stat().st_nlink == 1
    assert load_archive(stock).model is not None


def test_a_repeated_member_must_be_the_same(archive_file: Path, tmp_path: Path) -> None:
    for content, is_same in [(b"{}", True), (b"{ ", False), (b"{", False), (b"{}\n", False)]:
        changed = tmp_path / "changed.tar.gz"
        with tarfile.open(archive_file) as whole, tarfile.open(changed, "w:gz") as archive:
            archive.addfile(member("./a.json", size=2), io.BytesIO(b"{}"))
            for info in whole:
                archive.addfile(info, whole.extractfile(info) if info.isreg() else None)
            archive.addfile(member("a.json", size=len(content)), io.BytesIO(content))
            archive.addfile(member("a.json", tarfile.LNKTYPE, linkname="a.json"))
        if is_same:
            load_archive(changed)
        else:
            with pytest.raises(ConfigurationError, match="'a.json' comes twice, with different"):
                load_archive(changed)


@pytest.mark.usefixtures("strict")
def test_weights_alone_are_enough_for_the_initializer(archive_file: Path, tmp_path: Path) -> None:
    only_weights = tmp_path / "only_weights.tar.gz"
    with tarfile.open(archive_file) as whole, tarfile.open(only_weights, "w:gz") as archive:
        info = whole.getmember("weights.th")
        archive.addfile(info, whole.extractfile(info))
    initializer = PretrainedModelInitializer(str(only_weights))
    assert initializer.weights.keys() == load_archive(archive_file).model.state_dict().keys()
    with pytest.raises(ConfigurationError, match="only_weights.*it holds no config.json"):
        load_archive(only_weights)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-4],
        lambda data: data[:5],
        lambda data: b"",
        lambda data: b"not an archive at all, but a line of text\n" * 30,
        lambda data: data[: len(data) // 2] + b"\x00\xff\x00" + data[len(data) // 2 + 3 :],
        lambda data: gzip.compress(b"no tar, " * 200),
        lambda data: gzip.compress(gzip.decompress(data)[: 3 * 512]),
        lambda data: gzip.compress(gzip.decompress(data)[:700]),
    ],
    ids="half no-checksum head empty text flipped no-tar cut-tar cut-member".split(),
)
@pytest.mark.usefixtures("strict")
def test_damaged_archives(
    archive_file: Path, tmp_path: Path, temporary: Path, damage: Callable[[bytes], bytes]
) -> None:
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(damage(archive_file.read_bytes()))
    with pytest.raises(ConfigurationError, match=r"is not a whole model archive|no model archive"):
        load_archive(damaged)
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("strict")
def test_an_archive_of_something_else(archive_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    for names, missing in ([["readme"], "config.json"], [["config.json"], "weights.th"]):
        with tarfile.open(other, "w:gz") as archive:
            for name in names:
                archive.addfile(member(name, size=2), io.BytesIO(b"{}"))
        with pytest.raises(ConfigurationError, match=f"no model archive: it holds no {missing}"):
            load_archive(other)


@pytest.mark.usefixtures("strict")
def test_bombs(archive_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_ALWAYS_ALLOWED", 2**20)
    bomb = tmp_path / "bomb.tar.gz"
    with tarfile.open(bomb, "w:gz") as archive:
        archive.addfile(member("zeros", size=2**26), io.BytesIO(bytes(2**26)))
    with pytest.raises(ConfigurationError, match="grows to more than 100 times its size"):
        load_archive(bomb)
    # Zeros behind the end of the tar, which nobody would look at.
    bomb.write_bytes(archive_file.read_bytes() + gzip.compress(bytes(2**28)))
    with pytest.raises(ConfigurationError, match="grows to more than 100 times its size"):
        load_archive(bomb)
    # A header that asks for a name of 64 MiB.
    with tarfile.open(bomb, "w:gz") as archive:
        archive.addfile(
            member("long", tarfile.GNUTYPE_LONGNAME, size=2**26), io.BytesIO(bytes(2**26))
        )
    with pytest.raises(ConfigurationError, match="grows to more than 100 times its size"):
        load_archive(bomb)


@pytest.mark.usefixtures("strict")
def test_hard_links_count_for_the_bound(
    archive_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_ALWAYS_ALLOWED", 2**20)
    bomb = tmp_path / "bomb.tar.gz"
    for names in ([f"link{number}" for number in range(1000)], ["link"] * 1000):
        with tarfile.open(bomb, "w:gz") as archive:
            archive.addfile(member("random", size=2**16), io.BytesIO(os.urandom(2**16)))
            for name in names:
                archive.addfile(member(name, tarfile.LNKTYPE, linkname="random"))
        with pytest.raises(ConfigurationError, match="grows to more than 100 times its size"):
            load_archive(bomb)


@pytest.mark.usefixtures("strict")
def test_too_many_members(archive_file: Path, tmp_path: Path) -> None:
    many = [member(f"part{number}") for number in range(10_001)]
    with pytest.raises(ConfigurationError, match="more than 10,000 members"):
        load_archive(with_members(archive_file, tmp_path / "many.tar.gz", *many))


def test_a_full_disk_names_the_folder_and_the_remedy(
    archive_file: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(OSError, match=rf"No space left.*{temporary}.*TMPDIR chooses"):
        load_archive(archive_file)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("asked", ["ours", "all"])
def test_a_config_that_is_a_program(
    archive_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("XNER_STRICT", asked)
    config = b'{"model": {"type": importstr "/etc/hostname"}}'
    if asked == "ours":
        config = config.replace(b'"type"', b'"type": "cross_lingual_crf_tagger", "more"')
    changed = with_content(archive_file, tmp_path / "evil.tar.gz", config_json=config)
    with pytest.raises(ConfigurationError, match="config.json is not plain JSON"):
        load_archive(changed)


class _Program:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.file),)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("inside", [True, False], ids=["beside", "alone"])
def test_weights_that_are_a_program(
    archive_file: Path, tmp_path: Path, zipped: bool, inside: bool
) -> None:
    with extracted_archive(archive_file) as folder:
        weights: Dict[str, Any] = torch.load(Path(folder) / "weights.th")
    evil: Any = _Program(tmp_path / "gotcha")
    if inside:
        weights["evil"] = evil
        evil = weights
    buffer = io.BytesIO()
    torch.save(evil, buffer, _use_new_zipfile_serialization=zipped)
    changed = with_content(archive_file, tmp_path / "evil.tar.gz", weights_th=buffer.getvalue())
    with pytest.raises(Exception, match="mkdir"):
        load_archive(changed)
    assert not (tmp_path / "gotcha").exists()


def test_a_config_that_names_a_program(archive_file: Path, tmp_path: Path) -> None:
    with tarfile.open(archive_file) as archive:
        config = json.loads(archive.extractfile("config.json").read())  # type: ignore[union-attr]
    config["dataset_reader"] = {"type": "os.mkdir", "path": str(tmp_path / "gotcha")}
    content = json.dumps(config).encode()
    changed = with_content(archive_file, tmp_path / "evil.tar.gz", config_json=content)
    with pytest.raises(ConfigurationError, match="names os.mkdir, which is not one: refused"):
        load_archive(changed)
    assert not (tmp_path / "gotcha").exists()


@pytest.mark.parametrize("model", ["simple_tagger", "from_archive"])
def test_whose_archives_are_checked(archive_file: Path, tmp_path: Path, model: str) -> None:
    """Those of other models are not, but one `from_archive` of ours is, and ours in a folder."""
    inner = {"type": model, "archive_file": str(archive_file)}
    config = json.dumps({"model": {"type": "wrapper", "inner": [inner]}}).encode()
    foreign = with_content(archive_file, tmp_path / "foreign.tar.gz", config_json=config)
    changed = with_members(
        foreign, tmp_path / "link.tar.gz", member("in", tarfile.SYMTYPE, linkname="vocabulary")
    )
    if model == "from_archive":
        with pytest.raises(ConfigurationError, match="'in' is a link"), _unpacked(changed):
            pass
    else:
        with _unpacked(changed) as folder:
            assert (Path(folder) / "in").is_symlink()
        with pytest.raises(ConfigurationError, match="'in' is a link"):
            load_strictly(changed)


def test_names_in_a_strictly_loaded_archive(archive_file: Path, tmp_path: Path) -> None:
    """Also where an archive that is to be ours calls itself another model."""
    config = {"model": {"type": "os.mkdir", "path": str(tmp_path / "gotcha")}}
    config["dataset_reader"] = config["model"]
    content = json.dumps(config).encode()
    changed = with_content(archive_file, tmp_path / "evil.tar.gz", config_json=content)
    with pytest.raises(ConfigurationError, match="names os.mkdir, which is not one: refused"):
        load_strictly(changed)
    assert not (tmp_path / "gotcha").exists()


def test_parts_that_are_built_after_loading(archive_file: Path, tmp_path: Path) -> None:
    """As `allennlp evaluate` builds the data loader of the archive's config."""
    with tarfile.open(archive_file) as archive:
        config = json.loads(archive.extractfile("config.json").read())  # type: ignore[union-attr]
    config["data_loader"] = {"type": "os.mkdir", "path": str(tmp_path / "gotcha")}
    content = json.dumps(config).encode()
    changed = with_content(archive_file, tmp_path / "evil.tar.gz", config_json=content)
    loaded = load_archive(changed)
    with pytest.raises(ConfigurationError, match="names os.mkdir, which is not one: refused"):
        DataLoader.from_params(
            loaded.config["data_loader"], reader=loaded.dataset_reader, data_path="unread"
        )
    assert not (tmp_path / "gotcha").exists()


def _unpacked(archive_file: Path) -> Any:
    return archival.extracted_archive(str(archive_file))
