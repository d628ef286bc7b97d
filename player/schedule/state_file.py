"""A small file that outlives a power cut: JSON with version and checksum, whole and known, or as if it were none."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

LARGEST_FILE_BYTES = 64 << 10
"""No state is larger than this."""

AtomicWriter = Callable[[Path, bytes], None]
"""Writes a file so that the old or the new one is there, whole, whatever happens; raises OSError."""

State = TypeVar("State")


class StateFile(Generic[State]):
    """Keeps one value in one file.

    Args:
        path: where.
        kind: the value's class, a dataclass or a pydantic model.
        version: of its form; a file of another version is none.
        write: writes the file atomically.
    """

    def __init__(self, path: Path, kind: type[State], version: int, write: AtomicWriter) -> None:
        self._path = path
        self._adapter: TypeAdapter[State] = TypeAdapter(kind)
        self._version = version
        self._write = write

    def save(self, state: State) -> None:
        """Write the value.

        Raises:
            OSError: the card refused; the old value is still there.
        """
        text = self._adapter.dump_json(state).decode()
        envelope = {"version": self._version, "crc32": zlib.crc32(text.encode()), "state": text}
        self._write(self._path, json.dumps(envelope, ensure_ascii=False).encode())

    def load(self) -> State | None:
        """Read the value; None when there is none, or the file is damaged, too large or of another version."""
        try:
            with self._path.open("rb") as file:
                data = file.read(LARGEST_FILE_BYTES + 1)
            if len(data) > LARGEST_FILE_BYTES:
                return None
            match json.loads(data):
                case {"version": self._version, "crc32": int(checksum), "state": str(text)}:
                    whole = zlib.crc32(text.encode()) == checksum
                    return self._adapter.validate_json(text) if whole else None
        except (OSError, ValueError, RecursionError, ValidationError):
            return None
        return None
