"""A file has its name only when it is whole, whatever happens while it is written."""

import errno
import gzip
import os
import resource
import signal
import stat
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

from xner_allennlp.common import (
    FullDiskError,
    is_unfinished,
    remove_unfinished,
    save_state,
    unfinished_writes,
    whole_file,
    whole_text_file,
)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_the_file_is_there_when_it_is_whole(tmp_path):
    path = tmp_path / "file"
    with whole_file(path) as stream:
        stream.write(b"half")
        assert not path.exists()
        assert unfinished_writes(path) == 1
        assert all(map(is_unfinished, os.listdir(tmp_path)))
    assert path.read_bytes() == b"half"
    assert os.listdir(tmp_path) == ["file"]


def test_text_is_utf_8_with_its_own_line_feeds(tmp_path):
    with whole_text_file(tmp_path / "file") as file:
        file.writelines(["ä\n", "b\r\n", "c"])
    assert (tmp_path / "file").read_bytes() == "ä\nb\r\nc".encode()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("opened", [whole_file, whole_text_file])
def test_an_error_changes_nothing(tmp_path, error, opened):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(error), opened(path) as stream:
        stream.write(b"half" if opened is whole_file else "half")
        raise error()
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["file"]


def test_a_killed_process_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    process = os.fork()
    if process == 0:
        with whole_file(path) as stream:
            stream.write(b"half")
            stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert path.read_text() == "before"
    assert unfinished_writes(path) == 1
    (tmp_path / ".other.tmp").write_text("of somebody else")
    remove_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".other.tmp", "file"]


def test_permissions_are_those_of_open(tmp_path):
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "new"):
            pass
        (tmp_path / "plain").touch()
        (tmp_path / "old").touch(mode=0o600)
        with whole_file(tmp_path / "old"):
            pass
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "new") == mode_of(tmp_path / "plain") == 0o640
    assert mode_of(tmp_path / "old") == 0o600


def test_links_are_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "file")
    with whole_text_file(tmp_path / "link") as file:
        file.write("text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_text() == "text"


def test_a_device_is_written_not_replaced():
    with whole_file("/dev/null") as stream:
        stream.write(b"text")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_missing_folder_is_told_by_the_name_the_user_knows(tmp_path):
    path = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError) as told, whole_file(path):
        pass
    assert told.value.filename == str(path)


def test_the_file_that_the_shell_sends_output_to_is_not_replaced(tmp_path):
    program = """
from xner_allennlp.common import whole_path, whole_text_file
print("before", flush=True)
with whole_text_file("/dev/stdout") as file:
    file.write("between\\n")
for name in ("/dev/stdout", "/proc/self/fd/1"):
    with whole_path(name) as path, open(path, "w") as file:
        file.write(name + "\\n")
print("after")
"""
    (tmp_path / "out.txt").write_text("old\n")
    with open(tmp_path / "out.txt", "a") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert (tmp_path / "out.txt").read_text().split() == [
        *("old", "before", "between", "/dev/stdout", "/proc/self/fd/1", "after")
    ]


def test_a_long_name(tmp_path):
    path = tmp_path / ("n" * 251 + ".txt")
    with whole_file(path) as stream:
        stream.write(b"text")
        assert unfinished_writes(path) == 1
    assert os.listdir(tmp_path) == [path.name]


def test_the_first_error_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError) as told, whole_file(tmp_path / "file" / "below"):
        pass
    assert told.value.filename == str(tmp_path / "file" / "below")


def test_an_interruption_is_no_full_disk(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "file"):
        try:
            raise OSError(errno.ENOSPC, "of another file")
        except OSError:
            raise KeyboardInterrupt from None
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "file"):
        try:
            raise OSError(errno.ENOSPC, "of another file")
        finally:
            raise KeyboardInterrupt


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError), whole_file(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_with_file_and_remedy(tmp_path, number):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(FullDiskError) as told, whole_file(path):
        raise OSError(number, os.strerror(number))
    assert str(path) in str(told.value) and "same command again" in str(told.value)
    assert told.value.errno == number
    assert path.read_text() == "before"


def write_numpy(path):
    with whole_file(path) as stream:
        np.savez(stream, array=np.zeros(10_000))


def write_gzip(path):
    with whole_file(path) as stream, gzip.GzipFile(fileobj=stream, mode="wb") as file:
        file.write(os.urandom(100_000))


def write_zip(path):
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w") as file:
        file.writestr("member", os.urandom(100_000))


def write_state(path):
    save_state({"weight": torch.zeros(100_000)}, path)


@pytest.mark.parametrize("write", [write_numpy, write_gzip, write_zip, write_state])
def test_a_full_disk_under_every_writer(tmp_path, write):
    """The system refuses to let the file grow, as a full disk does."""
    path = tmp_path / "file"
    path.write_text("before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(FullDiskError):
            write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["file"]
    write(path)
    assert path.stat().st_size > 20_000


def test_a_state_is_read_again(tmp_path):
    save_state({"weight": torch.arange(3)}, tmp_path / "weights.th")
    assert torch.load(tmp_path / "weights.th")["weight"].tolist() == [0, 1, 2]
