"""Framing on bytes: whatever the chunks, the same frames; nothing that would be another action goes out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.ami.wire import MAX_FRAME_BYTES, Framer, check_action, event_name, headers
from relay.errors import AmiFault, BadHeader
from tests.relay.site import RECORDING

STREAM = (
    "Asterisk Call Manager/11.0.0\r\n"
    "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
    "Event: Newchannel\r\nCallerIDName: Иван Žižka 李\r\nUniqueid: lab-1.2\r\n\r\n"
    "Event: Hangup\r\nCause-txt: a: b\r\nAccountCode: \r\n\r\n"
).encode()
WHOLE = Framer().feed(STREAM)


def _fed(*chunks: bytes) -> list[bytes]:
    framer = Framer()
    return [frame for chunk in chunks for frame in framer.feed(chunk)]


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_a_split_at_any_byte_changes_nothing(at: int) -> None:
    assert _fed(STREAM[:at], STREAM[at:]) == WHOLE


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_splits_change_nothing(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert _fed(*(STREAM[a:b] for a, b in pairwise(edges))) == WHOLE


@given(st.integers(1, 700))
def test_the_recording_in_small_chunks_is_the_recording(size: int) -> None:
    raw = (RECORDING / "ami.txt").read_bytes()[:60_000]
    assert _fed(*(raw[i : i + size] for i in range(0, len(raw), size))) == Framer().feed(raw)


def test_headers_are_read_after_framing() -> None:
    assert [event_name(frame) for frame in WHOLE] == [None, b"Newchannel", b"Hangup"]
    assert headers(WHOLE[1])["CallerIDName"] == "Иван Žižka 李"
    assert headers(WHOLE[2]) == {"Event": "Hangup", "Cause-txt": "a: b", "AccountCode": ""}


def test_what_is_no_utf8_is_replaced_not_dropped() -> None:
    assert headers(b"CallerIDName: \xd0\r\nUniqueid: 1.2") == {"CallerIDName": "\ufffd", "Uniqueid": "1.2"}


def test_a_frame_without_end_is_refused() -> None:
    with pytest.raises(AmiFault):
        _fed(*[b"x" * 65_536] * (MAX_FRAME_BYTES // 65_536 + 1))


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
def test_a_line_end_in_an_action_is_refused(value: str) -> None:
    with pytest.raises(BadHeader) as refused:
        check_action({"Action": "Getvar", "Channel": value})
    assert value not in str(refused.value)
    with pytest.raises(BadHeader):
        check_action({"Action": "Getvar", value: "x"})
    check_action({"Action": "Getvar", "Channel": "PJSIP/101-00000001"})
