"""Real ZIM files for tests: baked in a fraction of a second, whole or damaged; there is no fake of libzim."""

from pathlib import Path

from library.baking import BAKING_SUFFIX, Entry, bake_zim

__all__ = ["BAKING_SUFFIX", "Entry", "bake_zim", "damage", "split_zim"]


def damage(path: Path, offset: int, replacement: bytes) -> Path:
    """Write `replacement` over the bytes at `offset` (negative: counted from the end) and leave the rest as it is."""
    with path.open("r+b") as file:
        file.seek(offset, 0 if offset >= 0 else 2)
        file.write(replacement)
    return path


def split_zim(path: Path, part_bytes: int) -> list[Path]:
    """Cut a ZIM file into `.zimaa`, `.zimab`, … of at most `part_bytes` each, and remove the whole one.

    Returns:
        The parts, in order.

    Raises:
        ValueError: more than 676 parts would be needed, or `part_bytes` is not positive.
    """
    size = path.stat().st_size
    if part_bytes <= 0 or -(-size // part_bytes) > 26 * 26:
        raise ValueError(f"{size} bytes cannot be cut into parts of {part_bytes}")
    parts: list[Path] = []
    with path.open("rb") as whole:
        while chunk := whole.read(part_bytes):
            first, second = divmod(len(parts), 26)
            part = path.with_name(f"{path.name}{chr(97 + first)}{chr(97 + second)}")
            part.write_bytes(chunk)
            parts.append(part)
    path.unlink()
    return parts
