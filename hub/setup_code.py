"""The one-time code that lets a technician set the first PIN: 8 letters and digits in a file only the hub's user reads.

Whoever can read the hub's run folder, or the terminal that it was started in, is the technician. The code is no part
of any log.
"""

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final

NAME: Final = "setup-code"
LENGTH: Final = 8
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32 (https://www.crockford.com/base32.html)."""

_CONFUSIONS: Final = str.maketrans("OIL", "011")
_LONGEST_TYPED: Final = 64


def setup_code(run_dir: Path) -> str | None:
    """The set-up code as it is shown to people, such as ``K7M2-QXAB``; None when no set-up is waiting.

    Args:
        run_dir: the hub's run folder.
    """
    code = _read(run_dir / NAME)
    return f"{code[:4]}-{code[4:]}" if code else None


def offer(run_dir: Path) -> None:
    """Make sure that there is a code; one that is there already stays.

    Raises:
        OSError: it cannot be written.
    """
    path = run_dir / NAME
    if _read(path) is not None:
        return
    run_dir.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with contextlib.suppress(FileExistsError):  # another process was quicker; its code is as good
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)).encode() + b"\n")
        finally:
            os.close(handle)


def withdraw(run_dir: Path) -> None:
    """Remove the code.

    Raises:
        OSError: it cannot be removed.
    """
    (run_dir / NAME).unlink(missing_ok=True)


def matches(run_dir: Path, typed: str) -> bool:
    """Whether what a person typed is the code: case, blanks and hyphens do not count, O is 0, I and L are 1."""
    code = _read(run_dir / NAME)
    if code is None or len(typed) > _LONGEST_TYPED:
        return False
    letters = "".join(typed.upper().replace("-", "").split()).translate(_CONFUSIONS)
    return hmac.compare_digest(letters.encode("utf-8", "surrogatepass"), code.encode())


def _read(path: Path) -> str | None:
    """The code in the file; None when it is missing, not whole, or could be read or written by others."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid not in {0, os.geteuid()}:
            return None
        code = os.read(handle, LENGTH + 1).decode("ascii", "replace").strip()
    finally:
        os.close(handle)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
