"""The session with the packet filter, as far as it goes without touching any rules."""

from __future__ import annotations

import pytest

from captive_portal.errors import WallError
from captive_portal.libnftables import Libnftables


@pytest.fixture
def session() -> Libnftables:
    try:
        return Libnftables()
    except WallError:
        pytest.skip("libnftables is not installed")


def test_what_cannot_be_read_is_refused_with_its_first_line_and_a_hint(session: Libnftables) -> None:
    with pytest.raises(WallError, match=r"refused: .*syntax error") as refused:
        session.run("add nonsense 10.10.10.20 . 02:00:00:00:00:01")
    assert "10.10.10.20" not in refused.value.message
    assert refused.value.hint
    session.close()


def test_after_the_end_nothing_is_done(session: Libnftables) -> None:
    session.close()
    session.close()
    for act in (session.run, session.ask, session.get):
        with pytest.raises(WallError, match="ended"):
            act("list tables inet")
