"""The administration with its page for printing, over a small shelf."""

from __future__ import annotations

from pathlib import Path

import argon2
from flask import Flask

import hub
from hub import admin, i18n
from hub.accounts import Accounts
from hub.config import HubConfig
from hub.print_room import PrintRoom
from hub.roles import Role
from hub.statics import Statics
from library.codes.code_book import CodeBook
from library.printing.choosing import Chooser
from library.printing.press import Press
from library.shelf import Shelf

PINS = {
    Role.TECHNICIAN: "483920",
    Role.VILLAGE_HEAD: "719356",
    Role.CONTENT_EDITOR: "260471",
    Role.DIGITAL_TEAM: "935028",
}


def make_site(config: HubConfig, origin: str, press: Press | None = None) -> tuple[Flask, Accounts]:
    """The site, and its accounts with a PIN for each role; whoever asks for it releases them.

    Args:
        config: the settings, with a shelf that was checked.
        origin: how readers reach the site.
        press: prints; a real one where None.
    """
    paths = config.paths
    accounts = Accounts(paths.state, paths.run, argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for role, pin in PINS.items():
        accounts.set_pin(role, pin)
    shelf = Shelf(paths.content, paths.state / "shelf.json")
    room = PrintRoom(config, Chooser(shelf, CodeBook(paths.state / "codes.sqlite")), lambda: origin, press or Press())
    app = Flask("hub", root_path=str(Path(hub.__file__).parent))
    app.config["VILLAGE_WORD"] = config.house.village_word
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"house": config.house})
    i18n.init_app(app)
    Statics().install(app)
    admin.install(app, accounts, [room.panel])
    room.install(app)
    return app, accounts
