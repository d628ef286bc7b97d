"""A small shelf of real books that the real keeper has checked, for what prints it."""

from __future__ import annotations

from pathlib import Path

from hub.config import HubConfig, validate
from library.testing import Entry, bake_zim, shelve

TITLES = {"vai": "Kỹ thuật trồng vải thiều", "ga": "Nuôi gà đồi Yên Thế", "truyen": "Con suối biết hát"}
TAGS = {"vai": "nông nghiệp", "ga": "nông nghiệp;chăn nuôi"}
PAGES = ("Bón phân", "Chọn giống", "Thu hoạch", "Tỉa cành")


def make_shelf(data: Path, count: int = 3) -> HubConfig:
    """Books in ``data/content``, checked; the settings of a hub with a Wi-Fi of its own over them.

    Args:
        data: an empty folder.
        count: how many of the books.
    """
    content, state = data / "content", data / "state"
    content.mkdir()
    state.mkdir()
    pages = {f"{number}.html": Entry(f"<title>{title}</title>{title}", title) for number, title in enumerate(PAGES)}
    for name in list(TITLES)[:count]:
        metadata = {"Publisher": "Hội Nông dân"} | ({"Tags": TAGS[name]} if name in TAGS else {})
        bake_zim(content / f"{name}.zim", pages, name=name, title=TITLES[name], main_path="0.html", metadata=metadata)
    shelve(content, state)
    house = {"id": "x", "name": "Trại Mới", "village_word": "bản", "commune": "Đồng Tiến", "province": "Bắc Ninh"}
    tree = {
        "house": house,
        "paths": {"data": str(data), "run": str(data / "run")},
        "web": {"name": "thuvien.lan"},
        "captive_portal": {"mode": "access-point", "radio": {"ssid": "Nhà văn hóa Trại Mới"}},
    }
    return validate(tree, "hub.toml")
