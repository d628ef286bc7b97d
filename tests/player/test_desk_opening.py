"""The whole desk opened as the player does: real clocks of the kernel, real children, a thread that goes around."""

from __future__ import annotations

import time
from pathlib import Path

from cap_samples import FLOOD
from desk_house import HouseClock, PostBox, Shelf, plain_write, province, spoken_wav
from flask import Flask

from player.announcing.config import SpeakingConfig
from player.announcing.moments import boot_id
from player.announcing.opening import Surroundings, open_desk
from player.announcing.web import SIGNATURE


def test_from_a_request_to_the_engine_and_over_a_restart(tmp_path: Path) -> None:
    signer = province(tmp_path)
    door, shelf = PostBox(), Shelf(tmp_path)
    (tmp_path / "r1.wav").write_bytes(spoken_wav())
    around = Surroundings(
        state=tmp_path,
        log=tmp_path / "plays.sqlite",
        write=plain_write,
        door=door,
        clock=HouseClock(),
        note=lambda entry, result: None,
        say=lambda words, language: spoken_wav(),
        words=lambda sentence, language: sentence,
        recordings=shelf,
    )
    with open_desk(SpeakingConfig(), around) as pages:
        app = Flask(__name__)
        app.register_blueprint(pages)
        client = app.test_client()
        answer = client.post("/alerts", data=FLOOD, headers={SIGNATURE: signer.sign(FLOOD)})
        assert (answer.status_code, answer.get_json()["outcome"]) == (202, "speak")
        wish = {"author": "village-head", "recording": "r1", "at": "2026-11-25T20:00"}
        assert client.post("/announcements", json=wish).status_code == 202
        deadline = time.monotonic() + 20
        stages: list[str] = []
        while "given" not in stages and time.monotonic() < deadline:
            stages = [each["stage"] for each in client.get("/announcements").get_json()["waiting"]]
            time.sleep(0.05)
        assert stages == ["given", "planned"]
    (warning,) = door.spoken
    assert Path(warning.sound).exists()
    shelf.kept.clear()
    with open_desk(SpeakingConfig(), around):
        assert shelf.kept == {"r1"}
        assert Path(warning.sound).exists()


def test_the_kernel_tells_this_start_from_others() -> None:
    assert len(boot_id()) == 36
    assert boot_id() == boot_id()
