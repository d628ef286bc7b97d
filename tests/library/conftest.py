"""What the library's tests share: how long hypothesis may search."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("everyday", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile("long" if os.environ.get("HUB_LONG") == "1" else "everyday")
