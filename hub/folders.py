"""The hub's folders: made when missing, checked before anything starts, and held by one hub at a time."""

import contextlib
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hub.errors import FolderError, FolderInUseError, Sentence

logger = logging.getLogger(__name__)


def make_writable(folder: Path) -> None:
    """Make a folder, and try that something can be written into it.

    Raises:
        FolderError: it cannot be made or written.
    """
    hint = Sentence("Give the folder to this user, or choose another one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderError(
            Sentence("%(folder)s cannot be a folder: a file is in its place.", folder=folder),
            Sentence("Choose another folder."),
        ) from error
    except ValueError as error:
        raise FolderError(
            Sentence("%(folder)r is no name for a folder.", folder=str(folder)), Sentence("Choose another folder.")
        ) from error
    except OSError as error:
        raise FolderError(
            Sentence("The folder %(folder)s cannot be written: %(reason)s.", folder=folder, reason=error.strerror), hint
        ) from error


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, so that no second hub works in it.

    The lock lies on the folder itself (flock(2)): there is no lock file, and the kernel lets go of it when the
    process ends, however it ends.

    Raises:
        FolderInUseError: another hub holds it.
        FolderError: it cannot be opened.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FolderError(
            Sentence("The folder %(folder)s cannot be opened: %(reason)s.", folder=folder, reason=error.strerror)
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            hint = Sentence("Stop the other hub (Ctrl-C in its terminal), or choose another folder.")
            raise FolderInUseError(Sentence("Another hub is working in %(folder)s.", folder=folder), hint) from error
        except OSError as error:  # a file system without locks
            logger.warning("%s cannot be locked: %s", folder, error.strerror)
        yield
    finally:
        os.close(handle)
