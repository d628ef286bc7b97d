"""The keys of those outside who may speak: read whole, or with every problem named."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from hub.config import ConfigError
from hub.signers_file import load_signers
from player.alerts.priorities import Scope

KEY = base64.b64encode(bytes(range(32))).decode()


def test_without_a_file_nobody_outside_may_speak(tmp_path: Path) -> None:
    assert load_signers(tmp_path).signer == []


def test_a_good_file(tmp_path: Path) -> None:
    text = f'[[signer]]\nname = "xa-a"\nkey = "{KEY}"\nscopes = ["village", "commune"]\nsenders = ["a@b.example"]\n'
    (tmp_path / "signers.toml").write_text(text, encoding="utf-8")
    (signer,) = load_signers(tmp_path).signer
    assert (signer.signature.scopes, signer.warns) == ({Scope.VILLAGE, Scope.COMMUNE}, False)


def test_every_problem_is_named(tmp_path: Path) -> None:
    text = '[[signer]]\nname = "Xã A"\nkey = "abc"\nscopes = ["world"]\nwarn = true\n[[signer]]\nname = "b"\n'
    (tmp_path / "signers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_signers(tmp_path)
    told = str(refused.value.problems)
    assert all(
        place in told
        for place in ("signer[0].name", "signer[0].key", "signer[0].scopes", "signer[0].warn", "signer[1].key")
    )
