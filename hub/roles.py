"""The four roles of those who look after a hub: what they are called, and whose PIN each may set.

No names of persons are kept: whoever knows a role's PIN acts in that role.
"""

from enum import StrEnum

from flask import current_app
from flask_babel import gettext as _


class Role(StrEnum):
    """A role; its value is what the database and the forms hold."""

    TECHNICIAN = "technician"
    VILLAGE_HEAD = "village-head"
    CONTENT_EDITOR = "content-editor"
    DIGITAL_TEAM = "digital-team"


def known(text: str) -> Role | None:
    """The role of that value, or None."""
    return next((role for role in Role if role.value == text), None)


def name(role: Role) -> str:
    """What a role is called, in the reader's language; a village head by what a village is called there."""
    village = current_app.config.get("VILLAGE_WORD", "thôn")
    names: dict[Role, str] = {
        Role.TECHNICIAN: _("Technician"),
        Role.VILLAGE_HEAD: _("Village head", village=village),
        Role.CONTENT_EDITOR: _("Content editor"),
        Role.DIGITAL_TEAM: _("Community digital team"),
    }
    return names[role]


def note(role: Role) -> str:
    """What a role does, in a few words in the reader's language."""
    notes: dict[Role, str] = {
        Role.TECHNICIAN: _("Looks after the machine and everyone's PIN"),
        Role.VILLAGE_HEAD: _("Tells the village the news, gives its helpers their PIN"),
        Role.CONTENT_EDITOR: _("Chooses books, films and notices"),
        Role.DIGITAL_TEAM: _("Helps people use the hub"),
    }
    return notes[role]


def picture(role: Role) -> str:
    """The name of a role's drawing in ``hub/static/pictures``, without its ending."""
    return {
        Role.TECHNICIAN: "settings",
        Role.VILLAGE_HEAD: "loudspeaker",
        Role.CONTENT_EDITOR: "books",
        Role.DIGITAL_TEAM: "help",
    }[role]


def helpers(role: Role) -> frozenset[Role]:
    """The other roles whose PIN a role may set: the technician everyone's, the village head those of the village."""
    return {
        Role.TECHNICIAN: frozenset(Role) - {Role.TECHNICIAN},
        Role.VILLAGE_HEAD: frozenset({Role.CONTENT_EDITOR, Role.DIGITAL_TEAM}),
    }.get(role, frozenset())


def allowed(role: Role, roles: frozenset[str]) -> bool:
    """Whether a role is among `roles`; the technician, who answers for the whole machine, is among all."""
    return role is Role.TECHNICIAN or role.value in roles
