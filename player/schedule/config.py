"""What may be set about the schedule: playlists, weekly and dated items, and quiet hours, in a file of its own.

The village head changes it from a telephone, so it is not hub.toml, which belongs to the technician.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails

from player.alerts.loudness import Hours
from player.schedule.clashes import Plan, Timed, clashes
from player.schedule.due import Item
from player.schedule.order import Repeat

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BROADCAST = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[!-~]*)?")
_CLOCK_WORDS = {"allowed": 'a minute of the day in quotes, such as "19:30"'}


def _clock(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None and not (value.second or value.microsecond):
        return value
    if isinstance(value, str) and (found := _CLOCK.fullmatch(value)):
        return time(int(found[1]), int(found[2]))
    raise ValueError("no minute of the day")


def _date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year < 2100:
        return value
    raise ValueError("no date")


def _name(value: object) -> object:
    if isinstance(value, str) and (not value.strip() or not value.isprintable()):
        raise ValueError("no name")
    return value.strip() if isinstance(value, str) else value


def _film(value: object) -> object:
    if isinstance(value, str):
        parts = value.split("/")
        if not value.isprintable() or any(part in {"", ".", ".."} for part in parts):
            raise ValueError("no file of the content folder")
    return value


def _broadcast(value: object) -> object:
    if isinstance(value, str) and not _BROADCAST.fullmatch(value):
        raise ValueError("no address of a broadcast")
    return value


Day = Annotated[date, BeforeValidator(_date)]
Clock = Annotated[time, BeforeValidator(_clock)]
Name = Annotated[str, BeforeValidator(_name)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlaylistConfig(_Table):
    """A `[[playlist]]` of schedule.toml."""

    name: Name = Field(
        max_length=80,
        description="What the list is called.",
        json_schema_extra={"allowed": "a name in quotes, of up to 80 letters"},
    )
    films: list[Annotated[str, BeforeValidator(_film)]] = Field(
        min_length=1,
        max_length=500,
        description="Films and sounds in their order, as they lie in the content folder.",
        json_schema_extra={"allowed": 'a list of 1 to 500 files in quotes, such as ["chan-nuoi/trau.mp4"]'},
    )
    repeat: Repeat = Field(default="none", description="What comes after its last film: nothing, or it again.")


class _ItemConfig(_Table):
    at: Clock = Field(description="When it starts.", json_schema_extra={**_CLOCK_WORDS})
    until: Clock | None = Field(
        default=None,
        description="When it ends, on the same day. Left out: when its list is over.",
        json_schema_extra={**_CLOCK_WORDS},
    )
    playlist: Name | None = Field(
        default=None,
        max_length=80,
        description="The list that is played.",
        json_schema_extra={"allowed": "the name of a playlist in quotes"},
    )
    broadcast: Annotated[str, BeforeValidator(_broadcast)] | None = Field(
        default=None,
        max_length=500,
        description="Or the address of a live broadcast.",
        json_schema_extra={"allowed": 'an address in quotes, such as "http://xa.example/live.m3u8"'},
    )
    grace_minutes: int = Field(
        default=5, ge=1, le=720, description="Minutes after its time in which it may still start, as after a power cut."
    )
    then: Literal["back", "idle"] = Field(
        default="back", description="Afterwards: back to what was playing, or the idle screen."
    )

    @property
    def timed(self) -> Timed:
        """What is compared with the other items."""
        return Timed(self.at, self.until, self.playlist, self.broadcast, self.grace_minutes)

    @property
    def item(self) -> Item:
        """What the rules of the schedule know of it; the table must have passed its checks."""
        start, end = (None if moment is None else _since_midnight(moment) for moment in (self.at, self.until))
        return Item(
            plays=self.playlist or self.broadcast or "",
            at=self.at,
            grace=timedelta(minutes=self.grace_minutes),
            lasts=None if end is None or start is None else end - start,
            is_broadcast=self.broadcast is not None,
            goes_back=self.then == "back",
            **self._days(),
        )

    def _days(self) -> dict[str, Any]:
        raise NotImplementedError


class WeeklyConfig(_ItemConfig):
    """A `[[weekly]]` item of schedule.toml."""

    days: list[Weekday] = Field(min_length=1, max_length=7, description="On which days of the week.")

    def _days(self) -> dict[str, Any]:
        return {"weekdays": frozenset(WEEKDAYS.index(day) for day in self.days)}


class DatedConfig(_ItemConfig):
    """A `[[dated]]` item of schedule.toml."""

    date: Day = Field(
        description="On which day.",
        json_schema_extra={"allowed": 'a date of the calendar in quotes, before 2100, such as "2027-02-06"'},
    )
    alone: bool = Field(default=False, description="Whether the weekly items of that day are left out.")

    def _days(self) -> dict[str, Any]:
        return {"day": self.date, "alone": self.alone}


class QuietConfig(_Table):
    """The `[[quiet]]` hours of schedule.toml, every day."""

    starts: Clock = Field(description="When it becomes quiet.", json_schema_extra={**_CLOCK_WORDS})
    ends: Clock = Field(
        description="When the quiet ends; earlier than its start means the next morning.",
        json_schema_extra={**_CLOCK_WORDS},
    )


class ScheduleConfig(_Table):
    """The whole schedule.toml."""

    playlist: list[PlaylistConfig] = Field(default=[], description="The playlists.")
    weekly: list[WeeklyConfig] = Field(default=[], description="What comes every week.")
    dated: list[DatedConfig] = Field(default=[], description="What comes on one day.")
    quiet: list[QuietConfig] = Field(default=[], description="When only an emergency may be heard.")

    @property
    def items(self) -> tuple[Item, ...]:
        """The schedule, for `player.schedule.due`."""
        return tuple(entry.item for entry in (*self.weekly, *self.dated))

    @property
    def quiet_hours(self) -> tuple[Hours, ...]:
        """The quiet hours."""
        return tuple(Hours(hours.starts, hours.ends) for hours in self.quiet)

    @model_validator(mode="wrap")
    @classmethod
    def _agree(cls, data: Any, handler: ModelWrapValidatorHandler[ScheduleConfig]) -> ScheduleConfig:
        """Compare what can be read also when something else cannot, so that everything wrong is told at once."""
        schedule, found = None, []
        try:
            schedule = handler(data)
        except ValidationError as error:
            found = [
                InitErrorDetails(type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {}))
                for one in error.errors(include_url=False)
            ]
        for place, sentence in clashes(_plan(data)):
            found.append(
                InitErrorDetails(type="value_error", loc=place, input=None, ctx={"error": ValueError(sentence)})
            )
        if schedule is None or found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return schedule


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _plan(data: Any) -> Plan:
    """Take out of a file what can be read of it."""
    weekly = _readable(data, "weekly", WeeklyConfig)
    dated = _readable(data, "dated", DatedConfig)
    quiet = _readable(data, "quiet", QuietConfig)
    lists = data.get("playlist") if isinstance(data, dict) else None
    names = (
        [entry.get("name") if isinstance(entry, dict) else None for entry in lists] if isinstance(lists, list) else []
    )
    return Plan(
        playlists=tuple(name.strip() if isinstance(name, str) else "" for name in names),
        timed={
            **{("weekly", place): entry.timed for place, entry in weekly.items()},
            **{("dated", place): entry.timed for place, entry in dated.items()},
        },
        items={
            **{("weekly", place): entry.item for place, entry in weekly.items()},
            **{("dated", place): entry.item for place, entry in dated.items()},
        },
        quiet={("quiet", place): Hours(entry.starts, entry.ends) for place, entry in quiet.items()},
    )


def _readable(data: Any, key: str, model: type[Any]) -> dict[int, Any]:
    entries = data.get(key) if isinstance(data, dict) else None
    found = {}
    for place, entry in enumerate(entries if isinstance(entries, list) else []):
        try:
            found[place] = model.model_validate(entry)
        except ValidationError:
            continue
    return found
