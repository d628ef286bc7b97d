"""`hub.folders`: folders that are made, and held by one hub at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import FolderError, FolderInUseError
from hub.folders import held, make_writable


def test_makes_what_is_missing_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_writable(folder)
    make_writable(folder)
    assert list(folder.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FolderError, match="a file is in its place"):
            make_writable(folder)


@pytest.mark.parametrize("folder", [Path("/proc/hub"), Path("/" + "x" * 300), Path("/tmp/\0")])
def test_folders_that_cannot_be(folder: Path) -> None:
    with pytest.raises(FolderError) as caught:
        make_writable(folder)
    assert caught.value.hint


def test_a_folder_is_held_once_and_no_file_tells_of_it(tmp_path: Path) -> None:
    with held(tmp_path):
        with pytest.raises(FolderInUseError, match=str(tmp_path)), held(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []
    with held(tmp_path):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from hub.folders import held\n"
        "with held(Path(sys.argv[1])):\n    print(flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(FolderInUseError), held(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with held(tmp_path):
        pass


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FolderError), held(tmp_path / "none"):
        pass
