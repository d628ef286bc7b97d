"""Decides whether a warning's areas hold the place where the house stands; in doubt they do."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from player.alerts.cap import Area, Circle, Named, Point

_EARTH_KM: Final = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the house stands.

    Attributes:
        codes: the codes of its village, commune and province, each under the name of its list, as in warnings.
        point: where it is; None where nobody has said so.
    """

    codes: frozenset[Named] = frozenset()
    point: Point | None = None


def concerns(areas: Collection[Area], place: Place) -> bool:
    """Whether a warning concerns the place: one of its areas does, or it names none.

    An area that is only described concerns everybody who gets it; so does one that cannot be compared, because the
    house does not know its own point, or no code of that list.
    """
    return not areas or any(_holds(area, place) for area in areas)


def _holds(area: Area, place: Place) -> bool:
    drawn = bool(area.polygons or area.circles)
    if not drawn and not area.geocodes:
        return True
    lists = {code.name for code in place.codes}
    compared = (drawn and place.point is not None) or any(code.name in lists for code in area.geocodes)
    if not compared or not place.codes.isdisjoint(area.geocodes):
        return True
    point = place.point
    return point is not None and (
        any(_in_circle(point, circle) for circle in area.circles)
        or any(_in_polygon(point, polygon) for polygon in area.polygons)
    )


def _in_circle(point: Point, circle: Circle) -> bool:
    """Whether a point lies in a circle, by the haversine formula."""
    here, there = math.radians(point.latitude), math.radians(circle.centre.latitude)
    east = math.radians(point.longitude - circle.centre.longitude)
    half = math.sin((here - there) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, half))) <= circle.radius_km


def _in_polygon(point: Point, corners: tuple[Point, ...]) -> bool:
    """Whether a line from the point to the east crosses the edges an odd number of times."""
    inside = False
    for one, other in pairwise(corners):
        if (one.latitude > point.latitude) != (other.latitude > point.latitude):
            share = (point.latitude - one.latitude) / (other.latitude - one.latitude)
            if point.longitude < one.longitude + share * (other.longitude - one.longitude):
                inside = not inside
    return inside
