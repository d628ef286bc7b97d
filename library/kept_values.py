"""Values kept in memory up to a weight, the least recently used dropped first."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Key = tuple[str, str]
Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by edition and path, the least recently used dropped first; safe to use from several threads.

    Args:
        limit: bytes that all of them may weigh.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def weight(self) -> int:
        """Bytes that the values weigh now."""
        return self._weight

    def get(self, key: Key) -> Value | None:
        """The value, if it is kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of ``size`` bytes."""
        weight = 1000 + 2 * len(key[1]) + size
        with self._lock:
            _, former = self._values.pop(key, (None, 0))
            self._values[key] = (value, weight)
            self._weight += weight - former
            while self._weight > self._limit:
                _, (_, dropped) = self._values.popitem(last=False)
                self._weight -= dropped
