"""The amplifier: on before the first word, off a little after the last sound."""

from __future__ import annotations

from player.engine.ports import Panel


class Amplifier:
    """Switches the amplifier. Moments are of the monotonic clock, in seconds.

    Args:
        panel: has the relay.
        warm_up_s: how long it takes until a word is heard.
        rest_s: how long it stays on after the last sound.
    """

    def __init__(self, panel: Panel, warm_up_s: float, rest_s: float) -> None:
        self._panel = panel
        self._warm_up_s = warm_up_s
        self._rest_s = rest_s
        self._warm_s: float | None = None
        self._wanted_s = 0.0

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self._warm_s is not None

    def want(self, now_s: float) -> float:
        """Have it on; return from when on a word is heard."""
        self._wanted_s = now_s
        if self._warm_s is None:
            self._panel.amplifier(on=True)
            self._warm_s = now_s + self._warm_up_s
        return max(now_s, self._warm_s)

    def tick(self, now_s: float, *, wanted: bool, heard: bool) -> None:
        """Have it on as long as it is wanted, and a little longer.

        Args:
            now_s: the moment.
            wanted: whether something sounds that is for the whole village.
            heard: whether something sounds that is not: then it goes off at once.
        """
        if wanted:
            self.want(now_s)
        elif self._warm_s is not None and (heard or now_s - self._wanted_s >= self._rest_s):
            self.off()

    def off(self) -> None:
        """Have it off."""
        self._panel.amplifier(on=False)
        self._warm_s = None
