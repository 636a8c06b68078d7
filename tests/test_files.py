"""Each way in which a path can be more than a name, and each way in which writing can fail."""

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from variance import files
from variance.errors import UsageError

OURS = b"our mark"


@contextmanager
def largest_file(size):
    """Let no file of this process grow beyond a size: the system refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def break_off(path, *, force=False):
    with files.written(path, force=force) as file:
        file.write(bytes(100_000))
        raise ZeroDivisionError


def be_overtaken(path):
    with files.written(path) as file:
        file.write(b"ours")
        path.write_text("theirs")


def flood(path):
    with files.written(path) as file:
        while True:
            file.write(bytes(100_000))


def device(path, kind, major, minor):
    """Make a device of our own: the machine's are not to be risked."""
    try:
        os.mknod(path, kind | 0o600, os.makedev(major, minor))
        if kind == stat.S_IFCHR:
            path.open("wb", buffering=0).close()
    except OSError:
        pytest.skip("no devices can be made here")
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["unnamed", "named"])
def drafts(request, monkeypatch):
    """Both ways to write a draft: without a name, and where the file system has no such files."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


@pytest.mark.usefixtures("drafts")
class TestNewFile:
    def test_it_holds_what_was_written(self, tmp_path):
        files.write(tmp_path / "a.csv", "x\n")

        assert (tmp_path / "a.csv").read_text() == "x\n"
        assert names(tmp_path) == ["a.csv"]

    def test_its_permissions_are_those_of_any_new_file(self, tmp_path):
        files.write(tmp_path / "a.csv", "x")
        (tmp_path / "b.csv").touch()

        assert (tmp_path / "a.csv").stat().st_mode == (tmp_path / "b.csv").stat().st_mode

    def test_it_does_not_appear_before_it_is_complete(self, tmp_path):
        with files.written(tmp_path / "a.csv") as file:
            file.write(b"x" * 100_000)
            assert not (tmp_path / "a.csv").exists()

    def test_what_breaks_off_leaves_nothing(self, tmp_path):
        with pytest.raises(ZeroDivisionError):
            break_off(tmp_path / "a.csv")

        assert names(tmp_path) == []

    def test_what_finds_no_space_leaves_nothing(self, tmp_path):
        with largest_file(1000), pytest.raises(UsageError, match=r"cannot write .*a\.csv"):
            files.write(tmp_path / "a.csv", "x" * 5000)

        assert names(tmp_path) == []

    def test_one_that_somebody_else_made_meanwhile_is_kept(self, tmp_path):
        target = tmp_path / "a.csv"

        with pytest.raises(UsageError, match="is there already"):
            be_overtaken(target)

        assert target.read_text() == "theirs"
        assert names(tmp_path) == ["a.csv"]

    def test_the_target_of_a_link_is_made(self, tmp_path):
        (tmp_path / "link").symlink_to("real")

        files.write(tmp_path / "link", "x")

        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_text() == "x"

    def test_its_folder_is_made_where_that_is_meant(self, tmp_path):
        files.write(tmp_path / "a" / "b" / "c.html", "x", folder=True)

        assert (tmp_path / "a" / "b" / "c.html").read_text() == "x"


@pytest.mark.usefixtures("drafts")
class TestFileThatIsThere:
    @pytest.fixture
    def there(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("old")
        return path

    def test_it_is_kept(self, there):
        with pytest.raises(UsageError, match=r"a\.csv is there already.*\n.*--force"):
            files.write(there, "new")

        assert there.read_text() == "old"

    def test_force_replaces_it(self, there, tmp_path):
        files.write(there, "new", force=True)

        assert there.read_text() == "new"
        assert names(tmp_path) == ["a.csv"]

    def test_one_with_our_mark_is_replaced(self, there):
        there.write_bytes(b"<html>" + OURS)

        files.write(there, "new", mark=OURS)

        assert there.read_text() == "new"

    def test_one_without_our_mark_is_kept(self, there):
        with pytest.raises(UsageError, match="variance did not write it"):
            files.write(there, "new", mark=OURS)

        assert there.read_text() == "old"

    def test_its_permissions_stay(self, there):
        there.chmod(0o640)

        files.write(there, "new", force=True)

        assert stat.S_IMODE(there.stat().st_mode) == 0o640

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_its_owner_stays(self, there):
        os.chown(there, 65534, 65534)

        files.write(there, "new", force=True)

        assert (there.stat().st_uid, there.stat().st_gid) == (65534, 65534)

    def test_a_link_to_it_stays_a_link(self, there, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(there)

        files.write(link, "new", force=True)

        assert link.is_symlink()
        assert there.read_text() == "new"

    def test_one_with_another_name_is_kept_even_by_force(self, there, tmp_path):
        os.link(there, tmp_path / "other")

        with pytest.raises(UsageError, match="hard links"):
            files.write(there, "new", force=True)

        assert there.samefile(tmp_path / "other")

    def test_what_breaks_off_leaves_it(self, there, tmp_path):
        with pytest.raises(ZeroDivisionError):
            break_off(there, force=True)

        assert there.read_text() == "old"
        assert names(tmp_path) == ["a.csv"]

    def test_what_finds_no_space_leaves_it(self, there, tmp_path):
        with largest_file(1000), pytest.raises(UsageError, match="cannot write"):
            files.write(there, "x" * 5000, force=True)

        assert there.read_text() == "old"
        assert names(tmp_path) == ["a.csv"]


class TestNoFile:
    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(UsageError, match="is a folder"):
            files.write(tmp_path, "x", force=True)

    def test_a_missing_folder_is_named(self, tmp_path):
        with pytest.raises(UsageError, match=f"there is no folder {tmp_path / 'no'}"):
            files.write(tmp_path / "no" / "a.csv", "x")

    def test_a_file_in_place_of_a_folder_is_refused(self, tmp_path):
        (tmp_path / "a").touch()

        with pytest.raises(UsageError, match="cannot write"):
            files.write(tmp_path / "a" / "b.csv", "x", folder=True)

    def test_a_folder_that_takes_no_files_is_refused(self):
        with pytest.raises(UsageError, match=r"cannot write /proc/a\.csv"):  # not even root's
            files.write("/proc/a.csv", "x")

    def test_links_in_a_circle_are_refused(self, tmp_path):
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")

        with pytest.raises(UsageError, match="cannot write"):
            files.write(tmp_path / "a", "x")

    @pytest.mark.parametrize("force", [False, True])
    def test_a_device_is_written_to_and_stays(self, tmp_path, force):
        null = device(tmp_path / "null", stat.S_IFCHR, 1, 3)

        files.write(null, "x", force=force)

        assert stat.S_ISCHR(null.stat().st_mode)
        assert names(tmp_path) == ["null"]

    def test_a_full_device_is_an_error(self, tmp_path):
        with pytest.raises(UsageError, match="No space left"):
            files.write(device(tmp_path / "full", stat.S_IFCHR, 1, 7), "x")

    def test_a_disk_is_refused_even_by_force(self, tmp_path):
        disk = device(tmp_path / "disk", stat.S_IFBLK, 7, 255)  # a loop device without a file

        with pytest.raises(UsageError, match="is a disk"):
            files.write(disk, "x", force=True)

    def test_a_pipe_is_written_to_and_stays(self, tmp_path):
        pipe, taken = tmp_path / "pipe", []
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: taken.append(pipe.read_text()))
        reader.start()

        files.write(pipe, "through it")
        reader.join(10)

        assert taken == ["through it"]
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_a_pipe_whose_reader_has_gone_is_no_error_of_the_file(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        threading.Thread(target=lambda: pipe.open("rb").close()).start()

        with pytest.raises(BrokenPipeError):
            flood(pipe)

    def test_a_descriptor_is_written_to_where_it_stands(self, tmp_path):
        with (tmp_path / "a").open("w+b") as file:
            file.write(b"before ")
            file.flush()

            files.write(f"/dev/fd/{file.fileno()}", "after")

        assert (tmp_path / "a").read_bytes() == b"before after"

    def test_a_link_to_a_descriptor_is_that_descriptor(self, tmp_path):
        with (tmp_path / "a").open("w+b") as file:
            (tmp_path / "link").symlink_to(f"/proc/self/fd/{file.fileno()}")

            files.write(tmp_path / "link", "x")

        assert (tmp_path / "a").read_bytes() == b"x"


class TestAppend:
    def test_it_adds_at_the_end(self, tmp_path):
        files.append(tmp_path / "a.md", "one\n")
        files.append(tmp_path / "a.md", "two\n")

        assert (tmp_path / "a.md").read_text() == "one\ntwo\n"

    def test_what_finds_no_space_is_taken_back(self, tmp_path):
        files.append(tmp_path / "a.md", "one\n")

        with largest_file(1000), pytest.raises(UsageError, match="cannot write"):
            files.append(tmp_path / "a.md", "x" * 5000)

        assert (tmp_path / "a.md").read_text() == "one\n"


KILLED = """
import os, signal, sys
from variance import files
with files.written(sys.argv[1], force=True) as file:
    file.write(bytes(100_000))
    file.flush()
    os.kill(os.getpid(), signal.{0})
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_a_killed_process_leaves_the_old_file_and_nothing_else(tmp_path, how):
    target = tmp_path / "a.csv"
    target.write_text("old")

    ended = subprocess.run([sys.executable, "-c", KILLED.format(how), target], check=False)

    assert ended.returncode == -getattr(signal, how)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]


FULL = """
mount -t tmpfs -o size=64k tmpfs $D
echo old > $D/a.csv
$P -c '
import os
from variance import files
for path in ("a.csv", "new.csv"):
    try:
        files.write(os.environ["D"] + "/" + path, bytes(100_000), force=True)
    except files.UsageError as error:
        print(error.message.rpartition(":")[2])
'
ls -A $D; cat $D/a.csv
"""


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("a small disk of our own needs Linux user namespaces")
    environment = {**os.environ, "D": str(tmp_path), "P": sys.executable}
    said = subprocess.run(
        ["unshare", "-Urm", "bash", "-ec", FULL],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    if "unshare" in said.stderr or "mount" in said.stderr:
        pytest.skip("a small disk of our own needs Linux user namespaces")

    assert said.stdout.split("\n")[:4] == [" No space left on device"] * 2 + ["a.csv", "old"]
