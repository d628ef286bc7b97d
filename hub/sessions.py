"""Who is logged in, and which devices have been: random tokens, of which the file keeps only the SHA-256.

A session ends 12 hours after it was last used and 7 days after it began, by the hub's own count of seconds or by the
wall clock, whichever says so first. After a power cut it goes on only where the wall clock can vouch for it: a hub that
wakes up in 1970, or before the session was last used, asks for the PIN again. When it was last used is written every 5
minutes at most, as each write wears the card.
"""

import hashlib
import secrets
from typing import Final

from hub.accounts_file import Ledger
from hub.roles import Role, known

IDLE_S: Final = 12 * 3600.0
LIFE_S: Final = 7 * 24 * 3600.0
TOUCH_S: Final = 5 * 60.0
MOST_OF_A_ROLE: Final = 16
"""Sessions, and known devices, of one role; one more ends the one used longest ago."""

_LONGEST_TOKEN: Final = 100
_PLAUSIBLE_WALL_S: Final = 1_735_689_600.0  # the beginning of 2025: a wall clock before it was never set


def begin(ledger: Ledger, role: Role) -> str:
    """Begin a session; returns its token of 256 random bits."""
    token = secrets.token_urlsafe(32)
    sweep(ledger)
    now, wall = ledger.now_s, ledger.moment.wall_s
    ledger.database.execute(
        "insert into sessions values (?, ?, ?, ?, ?, ?, ?)",
        (_digest(token), role.value, now, now, wall, wall, ledger.moment.boot),
    )
    _keep_latest(ledger, "sessions", role)
    return token


def role_of(ledger: Ledger, token: str) -> tuple[Role, bool] | None:
    """The role that a token is logged in as, and whether its use is worth writing down; None when it is not."""
    row = ledger.database.execute(
        "select role, began, seen, began_wall, seen_wall, seen_boot from sessions where token = ?", (_digest(token),)
    ).fetchone()
    role = known(row[0]) if row else None
    if role is None:
        return None
    _role, began, seen, began_wall, seen_wall, seen_boot = row
    moment = ledger.moment
    if seen_boot != moment.boot and not _PLAUSIBLE_WALL_S <= seen_wall <= moment.wall_s:
        return None
    idle = max(ledger.now_s - seen, moment.wall_s - seen_wall)
    age = max(ledger.now_s - began, moment.wall_s - began_wall)
    return (role, idle > TOUCH_S) if idle < IDLE_S and age < LIFE_S else None


def touch(ledger: Ledger, token: str) -> None:
    """Write down that a session is in use."""
    ledger.database.execute(
        "update sessions set seen = ?, seen_wall = ?, seen_boot = ? where token = ?",
        (ledger.now_s, ledger.moment.wall_s, ledger.moment.boot, _digest(token)),
    )


def end(ledger: Ledger, token: str) -> None:
    """End a session."""
    ledger.database.execute("delete from sessions where token = ?", (_digest(token),))


def end_all(ledger: Ledger, role: Role) -> None:
    """End all sessions of a role, and forget its devices."""
    ledger.database.execute("delete from sessions where role = ?", (role.value,))
    ledger.database.execute("delete from devices where role = ?", (role.value,))


def sweep(ledger: Ledger) -> None:
    """Remove the sessions that are over."""
    now, wall = ledger.now_s, ledger.moment.wall_s
    ledger.database.execute(
        "delete from sessions where seen <= ? or seen_wall <= ? or began <= ? or began_wall <= ?",
        (now - IDLE_S, wall - IDLE_S, now - LIFE_S, wall - LIFE_S),
    )


def know_device(ledger: Ledger, role: Role, token: str) -> str:
    """Remember the device that has just logged in; returns its token, a new one where it had none of ours."""
    if not token or not _is_known(ledger, token):
        token = secrets.token_urlsafe(32)
    ledger.database.execute(
        "insert or replace into devices values (?, ?, ?)", (_digest(token), role.value, ledger.now_s)
    )
    _keep_latest(ledger, "devices", role)
    return token


def device_key(ledger: Ledger, role: Role, token: str) -> str | None:
    """A short name of the device, when it has logged in as that role before."""
    digest = _digest(token)
    row = ledger.database.execute("select 1 from devices where token = ? and role = ?", (digest, role.value)).fetchone()
    return f"device:{digest.hex()[:32]}:{role.value}" if row else None


def forget_device(ledger: Ledger, role: Role, token: str) -> None:
    """Trust a device no more than any other."""
    ledger.database.execute("delete from devices where token = ? and role = ?", (_digest(token), role.value))


def _is_known(ledger: Ledger, token: str) -> bool:
    row = ledger.database.execute("select 1 from devices where token = ?", (_digest(token),)).fetchone()
    return row is not None


def _keep_latest(ledger: Ledger, table: str, role: Role) -> None:
    ledger.database.execute(
        f"delete from {table} where role = ?1 and token not in"  # noqa: S608 - one of our two tables
        f" (select token from {table} where role = ?1 order by seen desc limit ?2)",
        (role.value, MOST_OF_A_ROLE),
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token[:_LONGEST_TOKEN].encode("utf-8", "surrogatepass")).digest()
