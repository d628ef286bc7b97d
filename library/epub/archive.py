"""Reads the parts of an EPUB file (a ZIP file that nobody vouches for) within limits; nothing is ever unpacked to disk.

Names inside are only compared with each other, so ``../`` leads nowhere; sizes are bounded before memory is asked for.
"""

import posixpath
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, Final
from urllib.parse import unquote, urlsplit

from library.epub import reasons
from library.errors import EpubError

MOST_PARTS: Final = 5000
LARGEST_PART: Final = 8 * 1024 * 1024
"""Bytes of one part after unpacking; a larger one is treated as missing."""
LARGEST_WHOLE: Final = 1024 * 1024 * 1024
"""Bytes of all parts after unpacking, as the file itself states them."""
_SUSPICIOUS_WHOLE: Final = 64 * 1024 * 1024
_SUSPICIOUS_RATIO: Final = 60
_LONGEST_NAME: Final = 1000
_LOCAL_HEADER = struct.Struct("<26xHH")  # PKWARE APPNOTE 6.3, section 4.3.7: lengths of the name and the extra field
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # EPUB 3.3 OCF, section 4.2.2
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError, RuntimeError)
"""What zipfile raises for damaged bytes; some of its own checks are bare ``ValueError`` or ``RuntimeError``."""


@dataclass(frozen=True)
class Place:
    """Where the packed bytes of a part lie in the EPUB file.

    Attributes:
        start: of the packed bytes, from the beginning of the file.
        packed: how many bytes lie there.
        size: how many they unpack to.
        deflated: whether they must be unpacked (RFC 1951), or stand as they are.
    """

    start: int
    packed: int
    size: int
    deflated: bool

    def unpack(self, data: bytes) -> bytes:
        """The part's bytes out of its packed ones; never more than ``size``.

        Raises:
            EpubError: they are damaged.
        """
        if not self.deflated:
            return data[: self.size]
        try:
            plain = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, self.size + 1)
        except zlib.error as error:
            raise EpubError(f"A part is damaged: {error}") from error
        if len(plain) != self.size:
            raise EpubError("A part has another size than stated.")
        return plain


class EpubArchive:
    """An opened EPUB file.

    Args:
        file: its bytes, to be read anywhere.

    Raises:
        EpubError: it is no ZIP file, or one that harms; ``reason`` says which.
    """

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise EpubError(f"This is no ZIP file: {error}", reason=reasons.BROKEN) from error
        self._file = file
        parts = self._zip.infolist()
        if len(parts) > MOST_PARTS:
            raise EpubError(f"It has {len(parts)} parts.", reason=reasons.TOO_LARGE)
        whole, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
        if whole > LARGEST_WHOLE or (whole > _SUSPICIOUS_WHOLE and whole > packed * _SUSPICIOUS_RATIO):
            raise EpubError(f"{packed} bytes would unpack to {whole}.", reason=reasons.TOO_LARGE)
        usable = [part for part in parts if _is_usable(part)]
        self.locked = any(part.flag_bits & 1 for part in parts)
        self._parts = {part.filename: part for part in usable}
        self._folded = {part.filename.casefold(): part.filename for part in reversed(usable)}

    def find(self, name: str) -> str | None:
        """The name of a part as it stands in the file; capital letters do not matter where nothing fits exactly."""
        return name if name in self._parts else self._folded.get(name.casefold())

    def find_ending(self, ending: str) -> str | None:
        """The first part whose name ends so."""
        return next((name for name in self._parts if name.casefold().endswith(ending)), None)

    def resolve(self, base: str, reference: str) -> tuple[str | None, str]:
        """The part that a reference inside another part leads to, and the anchor in it.

        Args:
            base: the part in which the reference stands.
            reference: as written there (RFC 3986); one that leads out of the file leads nowhere.
        """
        try:
            split = urlsplit(reference.strip())
        except ValueError:
            return None, ""
        if split.scheme or split.netloc:
            return None, ""
        anchor = unquote(split.fragment)
        if not split.path:
            return base, anchor
        path = unquote(split.path)
        joined = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(base), path)
        return self.find(posixpath.normpath(joined)), anchor

    def size(self, name: str) -> int:
        """Bytes of a part after unpacking, as the file states them."""
        return self._parts[name].file_size

    def read(self, name: str, longest: int = LARGEST_PART) -> bytes:
        """A part's bytes.

        Raises:
            EpubError: there is none of that name, it is damaged, locked, or larger than ``longest`` bytes.
        """
        part = self._parts.get(name)
        if part is None or part.file_size > longest:
            raise EpubError(f"The part {name!r} is missing or too large.")
        try:
            with self._zip.open(part) as opened:
                data = opened.read(longest + 1)
        except _BROKEN as error:
            raise EpubError(f"The part {name!r} cannot be read: {error}") from error
        if len(data) > longest:
            raise EpubError(f"The part {name!r} is too large.")
        return data

    def place(self, name: str) -> Place:
        """Where a part's packed bytes lie, so that they can be read without the table of contents.

        Raises:
            EpubError: as ``read``.
        """
        part = self._parts.get(name)
        if part is None or part.file_size > LARGEST_PART:
            raise EpubError(f"The part {name!r} is missing or too large.")
        try:
            self._file.seek(part.header_offset)
            header = self._file.read(_LOCAL_HEADER.size)
        except _BROKEN as error:
            raise EpubError(f"The part {name!r} cannot be read: {error}") from error
        if len(header) != _LOCAL_HEADER.size or not header.startswith(_LOCAL_MAGIC):
            raise EpubError(f"The part {name!r} is not where the file says.")
        start = part.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(header))
        return Place(start, part.compress_size, part.file_size, part.compress_type == zipfile.ZIP_DEFLATED)


def _is_usable(part: zipfile.ZipInfo) -> bool:
    """Whether a part is an ordinary file that can be read; links and folders are not."""
    mode = part.external_attr >> 16
    return (
        0 < len(part.filename) <= _LONGEST_NAME  # zipfile's own look at an empty name fails
        and not part.is_dir()
        and part.compress_type in _METHODS
        and not part.flag_bits & 1
        and not stat.S_ISLNK(mode)
    )
