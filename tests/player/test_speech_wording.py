"""An announcement is said as a neighbour would read it out."""

import unicodedata

import pytest

from player.errors import PlayerError
from player.speech.wording import LONGEST_TEXT, spoken_text

PHRASES = {
    "ngày 24/11/2026": "ngày hai mươi tư tháng mười một năm hai nghìn không trăm hai mươi sáu",
    "ngày 2/9.": "ngày hai tháng chín.",
    "ngày 30/4": "ngày ba mươi tháng tư",
    "ngày 45/13": "ngày 45/13",
    "lúc 19h30": "lúc mười chín giờ ba mươi phút",
    "lúc 7:05": "lúc bảy giờ năm phút",
    "lúc 18:00": "lúc mười tám giờ",
    "50.000đ": "năm mươi nghìn đồng",
    "1,5 triệu đồng": "một phẩy năm triệu đồng",
    "25 kg phân NPK": "hai mươi lăm ki lô gam phân en nờ pê ca",
    "500 m²": "năm trăm mét vuông",
    "2,5 ha": "hai phẩy năm héc ta",
    "40 km/h": "bốn mươi ki lô mét trên giờ",
    "37,5°C": "ba mươi bảy phẩy năm độ xê",
    "giảm 15%": "giảm mười lăm phần trăm",
    "gọi 0915204000": "gọi không chín một năm hai không bốn không không không",
    "gọi 0915 204 000": "gọi không chín một năm hai không bốn không không không",
    "UBND xã, HĐND xã": "Ủy ban nhân dân xã, Hội đồng nhân dân xã",
    "thẻ BHYT": "thẻ bảo hiểm y tế",
    "pha 1/2 lít": "pha 1/2 lít",
    "ngày 31/2": "ngày 31/2",
    "Chủ Nhật, 2/9": "Chủ Nhật, hai tháng chín",
    "thứ hai (30/4)": "thứ hai (ba mươi tháng tư)",
    "số 007": "số không không bảy",
    "5–7 kg": "năm đến bảy ki lô gam",
    "10 – 15%": "mười đến mười lăm phần trăm",
    "24:30": "24:30",
    "QL4C": "QL4C",
    "1.2.3": "1.2.3",
}


@pytest.mark.parametrize(("written", "said"), PHRASES.items())
def test_phrases(written: str, said: str) -> None:
    assert spoken_text(written) == said
    assert spoken_text(unicodedata.normalize("NFD", written)) == said


def test_too_long_is_refused_with_a_hint() -> None:
    with pytest.raises(PlayerError, match="longer") as refused:
        spoken_text("a" * (LONGEST_TEXT + 1))
    assert refused.value.hint
