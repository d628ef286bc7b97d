"""The few pages that nginx gives by itself, where the website is not there or was not asked: whole, without a style.

They speak both languages, since nobody is there to choose.
"""

from typing import Final

from hub.remote.limits import LARGEST_MB, RECORD


def _plain_page(head: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">{head}'
        f"<title>Nhà văn hóa</title></head><body>{body}</body></html>\n"
    )


STARTING: Final = _plain_page(
    '<meta http-equiv="refresh" content="5">',
    "<h1>Đang chuẩn bị</h1><p>Xin chờ một phút, trang sẽ tự mở lại.</p>"
    '<p lang="en">Getting ready. Please wait a minute; the page opens by itself.</p>',
)
NOT_UNDERSTOOD: Final = _plain_page(
    "",
    "<h1>Máy chưa hiểu yêu cầu này</h1><p>Có thể địa chỉ gõ nhầm một chữ. Bà con thử gõ lại, hoặc mở tủ sách.</p>"
    '<p><a href="/tu-sach">Tủ sách</a></p><p lang="en">The hub did not understand this. A letter of the address may be'
    " wrong; please type it again.</p>",
)
TOO_MUCH: Final = _plain_page(
    "",
    "<h1>Trình duyệt gửi kèm quá nhiều</h1><p>Bà con xóa cookie của trang này trong phần cài đặt của trình duyệt, hoặc"
    " mở bằng trình duyệt khác, rồi vào lại.</p>"
    '<p lang="en">The browser sent too many cookies. Please clear this site’s cookies in its settings, or use another'
    " browser.</p>",
)
TOO_LONG: Final = _plain_page(
    "",
    "<h1>Chữ gõ dài quá</h1><p>Không tìm thấy. Bà con thử gõ ít chữ hơn, hoặc mở tủ sách.</p>"
    '<p><a href="/tu-sach">Tủ sách</a></p><p lang="en">That was too long. Please try fewer words.</p>',
)
TOO_LARGE: Final = _plain_page(
    "",
    f"<h1>Bản ghi nặng quá</h1><p>Nhiều nhất {LARGEST_MB} MB thôi. Bác ghi ngắn hơn, rồi gửi lại nhé.</p>"
    f'<p><a href="{RECORD}">Ghi âm lại</a></p><p lang="en">This recording is too large: {LARGEST_MB} MB at most. Please'
    " record a shorter one.</p>",
)
HASTY: Final = _plain_page(
    "",
    "<h1>Nhanh quá</h1><p>Máy này hỏi nhanh quá. Xin chờ một phút, rồi quay lại trang trước và chạm một lần.</p>"
    '<p lang="en">This phone asks too fast. Please wait a minute, then go back and tap once.</p>',
)
