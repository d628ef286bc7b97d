"""The rights of what is on the shelf, in words for everybody: who holds them and what people may do."""

from dataclasses import dataclass

from flask_babel import gettext as _

from library.rights import Rights, Use


@dataclass(frozen=True)
class RightsView:
    """Rights, ready for a template (`library/rights.html`)."""

    holder: str
    licence: str
    permitted: list[str]
    forbidden: list[str]


def rights_view(rights: Rights | None) -> RightsView | None:
    """What a page says of rights; None where nothing is stated."""
    if rights is None:
        return None
    words = {
        Use.HUB: _("read and watch it on this hub"),
        Use.TAKE_HOME: _("take it home"),
        Use.PUBLIC_SCREENING: _("show it to a gathering"),
        Use.LOUDSPEAKER: _("play it over the loudspeaker"),
        Use.WEB: _("put it on the internet"),
    }
    permitted = [said for use, said in words.items() if rights.permit(use)]
    forbidden = [said for use, said in words.items() if not rights.permit(use)]
    return RightsView(rights.holder, rights.licence, permitted, forbidden)
