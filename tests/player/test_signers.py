"""Which signatures hold: those of a key on a good list, over exactly these bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_house import province

from player.announcing.signers import LARGEST_LIST_BYTES, Signers


@pytest.mark.parametrize("text", ["", "[[signer]]\nname = 'A'", "\x00", "signer = 1", "a" * (LARGEST_LIST_BYTES + 1)])
def test_a_list_of_keys_that_is_none_means_that_no_signature_holds(tmp_path: Path, text: str) -> None:
    signer = province(tmp_path)
    signers = Signers(tmp_path / "signers.toml")
    assert signers.verify(b"a", signer.sign(b"a"))
    assert signers.verify(b"b", signer.sign(b"a")) is None
    assert signers.verify(b"a", f"other {signer.sign(b'a').split()[1]}") is None
    assert signers.verify(b"a", "tinh " + "A" * 86 + "==") is None
    assert signers.verify(b"a", "tinh AAAA") is None
    (tmp_path / "signers.toml").write_text(text, encoding="utf-8")
    assert signers.verify(b"a", signer.sign(b"a")) is None
    assert Signers(tmp_path / "none.toml").verify(b"a", signer.sign(b"a")) is None
