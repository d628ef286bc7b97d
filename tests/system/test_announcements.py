"""Announcements with the real player and its sound: two people, power cuts, a signed warning, a microphone."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cap_samples import CAP
from desk_house import Signer
from television import ended_afterwards, loudspeaker, strength, tone, wait_until

from hub.config import HubConfig
from hub.example import to_toml
from hub.unix_sockets import ask, open_answer
from player.announcing.web import SIGNATURE

PATIENCE_S = 60.0
HUM = 1500


class Village:
    """A house with a player, its loudspeaker, and telephones."""

    def __init__(self, folder: Path, heard: Callable[[float], list[float]], environment: dict[str, str]) -> None:
        self._settings = folder / "hub.toml"
        self._socket = folder / "run" / "player.sock"
        self._heard = heard
        self._environment = environment
        self.sound_server = environment["PULSE_SERVER"]
        self.player: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Switch the power on."""
        command = [sys.executable, "-m", "hub.cli", "run", "player", "--config", str(self._settings)]
        self.player = subprocess.Popen(command, env=self._environment)
        until(self._answers, "the player answers")

    def cut(self) -> None:
        """Cut the power."""
        if self.player is not None:
            self.player.send_signal(signal.SIGKILL)
            self.player.wait()

    def asks(self, target: str, status: int = 202, **values: object) -> dict[str, Any]:
        """A telephone asks for something."""
        got, answer = ask(self._socket, target, "POST", 20, json.dumps(values).encode())
        assert got == status, answer
        return answer

    def sends(self, message: bytes, signature: str) -> dict[str, Any]:
        """The province sends a warning."""
        headers = {SIGNATURE: signature}
        with open_answer(self._socket, "/alerts", "POST", 20, message, headers) as response:
            assert response.status == 202
            return dict(json.loads(response.read(1 << 18)))

    def announcements(self) -> dict[str, Any]:
        """What the desk shows."""
        return ask(self._socket, "/announcements", timeout_s=10)[1]

    def log(self) -> list[tuple[str, str, str]]:
        """The newest lines of the play log: ground, approver, result."""
        with open_answer(self._socket, "/log?limit=5", timeout_s=10) as response:
            return [(line["ground"], line["approver"], line["result"]) for line in json.loads(response.read(1 << 18))]

    def siren(self) -> bool:
        """Whether a siren is heard: a loud tone whose pitch lies between 500 and 1200 hertz."""
        last = self._heard(0.05)
        crossings = sum(1 for one, two in itertools.pairwise(last) if one < 0 <= two)
        return self.loudness(0.05) > 0.05 and 500 <= crossings / 0.05 <= 1200

    def hum(self) -> float:
        """How strong the tone is that somebody plays into the microphone."""
        return strength(self._heard(0.2), HUM)

    def loudness(self, seconds: float = 0.5) -> float:
        """How loud it was lately, as a share of full scale."""
        last = self._heard(seconds)
        return math.sqrt(sum(sample * sample for sample in last) / max(1, len(last)))

    def _answers(self) -> bool:
        with contextlib.suppress(Exception):
            return ask(self._socket, "/healthz", timeout_s=2)[0] == 200
        return False


def until(true: Callable[[], object], what: str) -> None:
    wait_until(true, what, PATIENCE_S)


@pytest.fixture(scope="module")
def tinh() -> Signer:
    """The province's key."""
    return Signer("tinh", 'scopes = ["village"]\nwarns = true\nsenders = ["pctt@tinh.example"]')


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory, tinh: Signer) -> Iterator[Village]:
    """A house whose player plays through a sound server with a microphone called mic."""
    folder = tmp_path_factory.mktemp("village")
    config = HubConfig.model_validate(
        {
            "house": {"id": "trai-moi", "name": "Trại Mới", "village_word": "bản", "commune": "Đồng Tiến",
                      "province": "Bắc Ninh", "demo": True},
            "paths": {"data": str(folder / "data"), "run": str(folder / "run")},
            "player": {
                "screen": "hidden",
                "amplifier": {"warm_up": 0.0},
                "speaking": {"named": ["village-head", "technician"], "microphone": "pulse://mic.monitor"},
            },
        }
    )  # fmt: skip
    (folder / "hub.toml").write_text(to_toml(config), "utf-8")
    keys = folder / "data" / "state" / "player" / "signers.toml"
    keys.parent.mkdir(parents=True)
    keys.write_text(tinh.toml, "utf-8")
    with loudspeaker(folder) as speaker:
        sink = ["pactl", f"--server={speaker.server}", "load-module", "module-null-sink", "sink_name=mic"]
        subprocess.run(sink, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["pactl", f"--server={speaker.server}", "set-default-sink", "house"], check=True)
        with speaker.heard() as heard:
            made = Village(folder, heard, {**os.environ, "PULSE_SERVER": speaker.server})
            made.begin()
            try:
                yield made
            finally:
                made.cut()


def warning(identifier: str, text: str) -> bytes:
    """A warning that is sent just now, by the clock of this machine."""
    sent = subprocess.run(["date", "+%Y-%m-%dT%H:%M:%S%:z"], check=True, capture_output=True, text=True).stdout.strip()
    return f"""<?xml version="1.0" encoding="utf-8"?>
<alert xmlns="{CAP}"><identifier>{identifier}</identifier><sender>pctt@tinh.example</sender><sent>{sent}</sent>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>vi-VN</language>
<category>Met</category><event>{text}</event><urgency>Immediate</urgency><severity>Extreme</severity>
<certainty>Observed</certainty></info></alert>""".encode()


def test_two_people_make_an_emergency_and_no_power_cut_silences_it(village: Village) -> None:
    text = "Lũ về lúc 19h30, bà con lên chỗ cao ngay!"
    wish = {"author": "village-head", "text": text, "priority": 3, "scope": "village"}
    key = village.asks("/announcements", **wish)["key"]
    village.asks(f"/announcements/{key}/confirm", 403, author="village-head")
    assert village.loudness() < 0.001
    village.cut()
    village.begin()
    assert [each["key"] for each in village.announcements()["to_confirm"]] == [key]
    village.asks(f"/announcements/{key}/confirm", author="technician")
    until(village.siren, "the siren is heard")
    until(lambda: (village.announcements()["speaking"] or {}).get("key") == key, "the desk shows that it is heard")
    village.cut()
    until(lambda: village.loudness() < 0.001, "it is silent")
    village.begin()
    until(village.siren, "the siren is heard again after the power cut")
    until(lambda: not village.siren() and village.loudness(0.2) > 0.005, "the words are heard after it")
    village.asks(f"/announcements/{key}/withdraw", 403, author="content-editor")
    village.asks(f"/announcements/{key}/withdraw", author="technician")
    until(lambda: village.loudness(0.3) < 0.001, "it is silent after it was taken back")
    assert ("two posts", "technician", "stopped") in village.log()


@pytest.mark.long
def test_a_signed_warning_asks_nobody(village: Village, tinh: Signer) -> None:
    message = warning("LU-1", "Lũ quét")
    assert village.sends(message, tinh.sign(message))["outcome"] == "speak"
    until(village.siren, "the siren is heard")
    village.asks("/stop", everything=True, author="village-head")
    until(lambda: village.loudness(0.3) < 0.001, "everything is silent")
    village.cut()
    village.begin()
    assert village.announcements()["waiting"] == []
    assert village.announcements()["speaking"] is None


def test_the_head_speaks_into_the_microphone(village: Village, tmp_path: Path) -> None:
    hum = tone(tmp_path / "hum.wav", HUM, 60)
    with ended_afterwards(subprocess.Popen(["paplay", f"--server={village.sound_server}", "--device=mic", str(hum)])):
        assert village.hum() < 0.001
        wish = {"author": "village-head", "microphone": True, "headline": "Trưởng bản nói"}
        key = village.asks("/announcements", **wish)["key"]
        until(lambda: village.hum() > 0.02, "the voice is heard")
        village.asks(f"/announcements/{key}/withdraw", author="village-head")
        until(lambda: village.hum() < 0.001, "the microphone is off")
