"""What is said in a film is cut into passages that can be found and shown, each with the moment at which it begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from library.media.passages import MOST, Passage, passages
from library.media.subtitles import Cue, cues, to_vtt

SRT = """1
00:00:01,500 --> 00:00:03,000
<i>Bà con chú ý:</i>
a &amp; b

2
01:00:03,000 --> 01:00:04,000
{\\an8}Tưới <font color="red">buổi sáng</font>
"""
VTT = """WEBVTT

NOTE đây là ghi chú
không ai nói

STYLE
::cue { color: red }

ten-cua-dong
00:01.000 --> 00:02.000 align:start
<v Lan>Chào <00:01.500>bác &lt;3</v>
00:05.000 --> 00:06.000
Hai
"""


def told(data: str) -> list[Cue]:
    return list(cues(to_vtt(data.encode())))


def test_only_what_is_said_is_taken() -> None:
    assert told(SRT) == [Cue(1.5, ("Bà con chú ý:", "a &amp; b")), Cue(3603.0, ("Tưới buổi sáng",))]
    assert told(VTT) == [Cue(1.0, ("Chào bác <3",)), Cue(5.0, ("Hai",))]


def cut(*lines: tuple[float, str]) -> list[Passage]:
    return list(passages(Cue(start, (text,)) for start, text in lines))


def test_lines_that_belong_together_stay_together() -> None:
    assert cut((1.9, "Đào hố"), (4, "vảy cá"), (7, "trên đồi.")) == [Passage(1, "Đào hố vảy cá trên đồi.")]
    assert cut((1, "a"), (40, "b")) == [Passage(1, "a"), Passage(40, "b")]
    assert cut((50, "a"), (2, "b")) == [Passage(50, "a"), Passage(2, "b")]
    sentence = (
        "Bà con nhớ tưới nước vào buổi sáng sớm khi trời còn mát, đừng tưới vào lúc giữa trưa nắng gắt, cây sẽ héo."
    )
    assert cut((1, sentence), (5, "Sau đó")) == [Passage(1, sentence), Passage(5, "Sau đó")]
    assert [part.start_s for part in cut(*((n, f"{n} " + "chữ " * 15) for n in range(10)))] == [0, 2, 4, 6, 8]


def test_captions_that_roll_are_taken_once() -> None:
    rolling = [Cue(1, ("một",)), Cue(2, ("một", "hai")), Cue(3, ("hai", "ba")), Cue(4, ("ba",)), Cue(5, ("bốn",))]
    assert list(passages(rolling)) == [Passage(1, "một hai ba bốn")]


def test_a_film_has_an_end() -> None:
    assert len(cut(*((100.0 * second, "chữ") for second in range(2 * MOST)))) == MOST


@given(st.lists(st.tuples(st.floats(0, 1e6), st.lists(st.text("ab. ", min_size=1, max_size=90), max_size=3))))
def test_every_line_is_in_some_passage(lines: list[tuple[float, list[str]]]) -> None:
    found = list(passages(Cue(start, tuple(texts)) for start, texts in lines))
    together = " ".join(passage.text for passage in found)
    assert all(text in together for _, texts in lines for text in texts)
    assert all(passage.text and passage.start_s >= 0 for passage in found)


@given(st.text(max_size=300))
def test_nothing_breaks_it(text: str) -> None:
    list(passages(cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}")))
