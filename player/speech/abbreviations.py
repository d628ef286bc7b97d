"""What is written short and said long in a commune's announcements, and capitals that nobody knows."""

import re

from player.speech.letters import CAPITALS, is_syllable, spelled
from player.speech.rules import Rule

SHORT = {
    "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "UBMTTQ": "Ủy ban Mặt trận Tổ quốc",
    "MTTQ": "Mặt trận Tổ quốc",
    "ĐTN": "Đoàn Thanh niên",
    "ĐTNCS": "Đoàn Thanh niên Cộng sản",
    "HLHPN": "Hội Liên hiệp Phụ nữ",
    "LHPN": "Liên hiệp Phụ nữ",
    "HPN": "Hội Phụ nữ",
    "HND": "Hội Nông dân",
    "CCB": "cựu chiến binh",
    "NCT": "người cao tuổi",
    "BCH": "ban chấp hành",
    "BCĐ": "ban chỉ đạo",
    "BQL": "ban quản lý",
    "BTV": "ban thường vụ",
    "BHYT": "bảo hiểm y tế",
    "BHXH": "bảo hiểm xã hội",
    "BHTN": "bảo hiểm thất nghiệp",
    "KHKT": "khoa học kỹ thuật",
    "KHCN": "khoa học công nghệ",
    "CNTT": "công nghệ thông tin",
    "THPT": "trung học phổ thông",
    "THCS": "trung học cơ sở",
    "GDĐT": "giáo dục và đào tạo",
    "GD-ĐT": "giáo dục và đào tạo",
    "GD&ĐT": "giáo dục và đào tạo",
    "NN&PTNT": "nông nghiệp và phát triển nông thôn",
    "KH&CN": "khoa học và công nghệ",
    "LĐ-TB&XH": "lao động, thương binh và xã hội",
    "GDTX": "giáo dục thường xuyên",
    "HTX": "hợp tác xã",
    "NTM": "nông thôn mới",
    "NN-PTNT": "nông nghiệp và phát triển nông thôn",
    "PTNT": "phát triển nông thôn",
    "TNMT": "tài nguyên và môi trường",
    "KT-XH": "kinh tế xã hội",
    "KTXH": "kinh tế xã hội",
    "QPAN": "quốc phòng an ninh",
    "ANTT": "an ninh trật tự",
    "ATGT": "an toàn giao thông",
    "ATTP": "an toàn thực phẩm",
    "VSATTP": "vệ sinh an toàn thực phẩm",
    "VSMT": "vệ sinh môi trường",
    "PCCC": "phòng cháy chữa cháy",
    "PCCCR": "phòng cháy chữa cháy rừng",
    "PCTT": "phòng chống thiên tai",
    "TKCN": "tìm kiếm cứu nạn",
    "BVTV": "bảo vệ thực vật",
    "BVR": "bảo vệ rừng",
    "DTLCP": "dịch tả lợn châu Phi",
    "LMLM": "lở mồm long móng",
    "SXH": "sốt xuất huyết",
    "TCMR": "tiêm chủng mở rộng",
    "TYT": "trạm y tế",
    "TTYT": "trung tâm y tế",
    "BVĐK": "bệnh viện đa khoa",
    "KHHGĐ": "kế hoạch hóa gia đình",
    "DS-KHHGĐ": "dân số kế hoạch hóa gia đình",
    "TDTT": "thể dục thể thao",
    "VHTT": "văn hóa thể thao",
    "VHVN": "văn hóa văn nghệ",
    "NVH": "nhà văn hóa",
    "TDP": "tổ dân phố",
    "KDC": "khu dân cư",
    "TNXP": "thanh niên xung phong",
    "NVQS": "nghĩa vụ quân sự",
    "CBCNV": "cán bộ công nhân viên",
    "CBCC": "cán bộ công chức",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "GPLX": "giấy phép lái xe",
    "GCN": "giấy chứng nhận",
    "QSDĐ": "quyền sử dụng đất",
    "GPMB": "giải phóng mặt bằng",
    "NHCSXH": "Ngân hàng Chính sách xã hội",
    "NSNN": "ngân sách nhà nước",
    "GTGT": "giá trị gia tăng",
    "CLB": "câu lạc bộ",
    "SĐT": "số điện thoại",
    "ĐT": "điện thoại",
    "DĐ": "di động",
    "TW": "Trung ương",
    "TƯ": "Trung ương",
    "CP": "Chính phủ",
    "NĐ": "nghị định",
    "NQ": "nghị quyết",
    "QĐ": "quyết định",
    "TP": "thành phố",
    "TX": "thị xã",
    "NPK": "en nờ pê ca",
    "TNHH": "trách nhiệm hữu hạn",
    "TMCP": "thương mại cổ phần",
    "MTV": "một thành viên",
    "Cty": "công ty",
    "CTCP": "công ty cổ phần",
    "KCN": "khu công nghiệp",
    "GV": "giáo viên",
    "HSSV": "học sinh sinh viên",
    "TNGT": "tai nạn giao thông",
    "CSGT": "cảnh sát giao thông",
    "KCB": "khám chữa bệnh",
    "BTXH": "bảo trợ xã hội",
    "CSXH": "chính sách xã hội",
    "NKT": "người khuyết tật",
    "DTTS": "dân tộc thiểu số",
    "TTHC": "thủ tục hành chính",
    "VNeID": "vi en ai đi",
    "MTQG": "mục tiêu quốc gia",
    "TAND": "tòa án nhân dân",
    "LLVT": "lực lượng vũ trang",
    "DQTV": "dân quân tự vệ",
    "SXKD": "sản xuất kinh doanh",
    "ĐBQH": "đại biểu Quốc hội",
    "NVYT": "nhân viên y tế",
    "CTV": "cộng tác viên",
    "TNTP": "Thiếu niên Tiền phong",
    "TH&THCS": "tiểu học và trung học cơ sở",
    "PTDTBT": "phổ thông dân tộc bán trú",
    "PTDTNT": "phổ thông dân tộc nội trú",
    "ĐSVH": "đời sống văn hóa",
    "ATM": "a tê em",
    "SN": "sinh năm",
    "STK": "số tài khoản",
    "CN": "Chủ nhật",
    "BVMT": "bảo vệ môi trường",
    "SARS-CoV-2": "xa cô vi hai",
    "HCM": "Hồ Chí Minh",
    "TNCS": "Thanh niên Cộng sản",
    "VN": "Việt Nam",
    "CHXHCN": "Cộng hòa xã hội chủ nghĩa",
    "HIV": "hát i vê",
    "AIDS": "ết",
    "VietGAP": "Việt gáp",
    "OCOP": "ô cốp",
    "VAC": "vê a xê",
    "pH": "pê hát",
    "WHO": "Tổ chức Y tế Thế giới",
    "UNICEF": "u ni xép",
    "UNESCO": "u nét xcô",
    "ASEAN": "a xê an",
    "Wi-Fi": "oai phai",
    "WiFi": "oai phai",
    "wifi": "oai phai",
    "Wifi": "oai phai",
    "Internet": "in tơ nét",
    "internet": "in tơ nét",
    "Zalo": "da lô",
    "Facebook": "phây búc",
    "TV": "ti vi",
    "LED": "lét",
    "USB": "u ét bê",
    "email": "i meo",
    "Email": "I meo",
    "QR": "quy e rờ",
    "đ/c": "đồng chí",
    "Đ/c": "Đồng chí",
    "Đ/C": "Đồng chí",
    "v/v": "về việc",
    "V/v": "Về việc",
    "vd": "ví dụ",
    "VD": "ví dụ",
}
"""Said long wherever they stand as a word of their own, exactly so written."""
_TITLES = {
    "GS.TS": "Giáo sư, Tiến sĩ",
    "PGS.TS": "Phó giáo sư, Tiến sĩ",
    "GS": "Giáo sư",
    "PGS": "Phó giáo sư",
    "TS": "Tiến sĩ",
    "ThS": "Thạc sĩ",
    "Ths": "Thạc sĩ",
    "BS": "Bác sĩ",
    "BSCKI": "Bác sĩ chuyên khoa một",
    "KS": "Kỹ sư",
    "CN": "Cử nhân",
    "TP": "Thành phố",
    "Tp": "Thành phố",
    "TX": "Thị xã",
    "TT": "Thị trấn",
    "Q": "Quận",
    "P": "Phường",
    "H": "Huyện",
    "KP": "Khu phố",
}
"""Said long with a full stop behind, where a name or a number follows."""
_CAPITAL = f"[{CAPITALS}ÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ]"
_SHARE_OF_A_HEADING = 0.6
_FEWEST_IN_A_HEADING = 6
_LONGEST_SPELLED = 8


def _long_first(names: dict[str, str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


def _say_title(found: re.Match[str]) -> str:
    return f"{_TITLES[found[1]]} "


def _say_covid(found: re.Match[str]) -> str:
    return "cô vít mười chín" if found[0].endswith("19") else "cô vít"


def _say_and_so_on(found: re.Match[str]) -> str:
    return "vân vân." if found[0].endswith("...") else "vân vân"


def _say_road(found: re.Match[str]) -> str:
    kind = "quốc lộ" if found[1] == "QL" else "đường tỉnh"
    return f"{kind} {spelled(found[2])}"


def _say_code(found: re.Match[str]) -> str:
    return spelled(found[0])


def _say_capitals(found: re.Match[str]) -> str | None:
    """Spell what cannot be said as a word; in a heading only what is no syllable either."""
    word = found[0]
    if is_syllable(word):
        return None
    return spelled(word) if len(word) <= _LONGEST_SPELLED else None


def lower_headings(text: str) -> str:
    """Put lines written in capitals into small letters, so that they are read as words; known short forms stay."""
    return "\n".join(_lowered(line) if _is_heading(line) else line for line in text.split("\n"))


def _is_heading(line: str) -> bool:
    letters = [character for character in line if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    marked = any(character.isupper() and character not in CAPITALS for character in letters)
    return marked and len(letters) >= _FEWEST_IN_A_HEADING and capitals >= _SHARE_OF_A_HEADING * len(letters)


def _lowered(line: str) -> str:
    def word(found: re.Match[str]) -> str:
        return found[0] if found[0] in SHORT or not is_syllable(found[0]) else found[0].lower()

    return re.sub(r"[^\W\d_]+", word, line)


ABBREVIATIONS = (
    Rule(re.compile(r"(?<!\w)(?i:covid)(?:[- ]?19)?(?![\w])"), _say_covid),
    Rule(
        re.compile(r"(?<!\w)v\.v(?:\.{1,3}|(?!\w))"),
        _say_and_so_on,
    ),
    Rule(re.compile(r"(?<!\w)((?i:công ty|cty)) CP(?!\w)"), lambda found: f"{found[1]} cổ phần"),
    Rule(re.compile(r"(?<!\w)((?i:khu|cụm|ngành)) CN(?!\w)"), lambda found: f"{found[1]} công nghiệp"),
    Rule(re.compile(r"(?<!\w)A/(H[0-9]{1,2}N[0-9]{1,2})(?!\w)"), lambda found: f"a {spelled(found[1])}"),
    Rule(re.compile(r"(?<!\w)BĐ ?(?=(?:[1-3]|một|hai|ba)(?!\w))"), lambda found: "báo động "),
    Rule(re.compile(r"(?<!\w)(QL|ĐT|TL)[. ]?([0-9]{1,3}[A-Z]?)(?![\w/]|[.,][0-9])"), _say_road),
    Rule(re.compile(rf"(?<![\w.])({_long_first(_TITLES)})\. ?(?=[0-9]|{_CAPITAL})"), _say_title),
    Rule(
        re.compile(rf"(?<![\w@])({_long_first(SHORT)})(?![\w@]|[-/][{CAPITALS}a-z])"),
        lambda found: SHORT[found[1]],
    ),
    Rule(re.compile(" ?& ?"), lambda found: " và "),
)
CAPITALS_LEFT = (
    Rule(
        re.compile(
            rf"(?<![\w@./-])(?=[0-9]{{0,9}}[{CAPITALS}])(?=[{CAPITALS}]{{0,9}}[0-9])[{CAPITALS}0-9]{{2,10}}(?![\w@/])"
        ),
        _say_code,
    ),
    Rule(re.compile(rf"(?<!\w){_CAPITAL}{{2,}}(?!\w)"), _say_capitals),
)
