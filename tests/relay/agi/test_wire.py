"""AGI's lines: whatever the chunks, whatever the bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.agi.wire import (
    MOST_LINE_BYTES,
    Lines,
    Request,
    read_answer,
    read_header,
    read_request,
    read_variable,
    set_variable,
)
from relay.errors import AgiFault, AgiHangup
from tests.relay.agi.asking import SET, headers

SAID = headers("route", "5551000", "acme", agi_calleridname="Иван")


def request_of(lines: list[str]) -> Request:
    return read_request(dict(read_header(line) for line in lines if line))


@settings(max_examples=40)
@given(st.lists(st.integers(0, len(SAID)), max_size=8))
def test_a_request_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(SAID)]
    lines = Lines()
    read = [line for begin, end in pairwise(places) for line in lines.feed(SAID[begin:end])]
    request = request_of(read)
    assert (request.script, request.arguments, request.name) == ("route", ("5551000", "acme"), "Иван")


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_are_a_request_or_refused(chunks: list[bytes]) -> None:
    lines, read = Lines(), []
    for chunk in chunks:
        read += lines.feed(chunk)
    assert "\n".join([*read, ""]).count("\n") == b"".join(chunks).count(b"\n")
    with pytest.raises(AgiFault):
        request_of([*read, "no header"])


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_answer_is_a_result_or_refused(line: str) -> None:
    try:
        result = read_answer(line)
    except (AgiFault, AgiHangup):
        return
    assert line.startswith((f"200 result={result}", "200 result=-0"))


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_a_value_is_set_as_it_is_or_not_at_all(value: str) -> None:
    try:
        command = set_variable("QUEUE", value).decode()
    except AgiFault:
        assert not value.isprintable()
        return
    found = SET.fullmatch(command.removesuffix("\n"))
    assert found is not None
    assert found[2].replace('\\"', '"').replace("\\\\", "\\") == value or "\\" in value


def test_a_line_without_end_is_refused() -> None:
    lines = Lines()
    lines.feed(b"x" * MOST_LINE_BYTES)
    with pytest.raises(AgiFault):
        lines.feed(b"x")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("HANGUP", AgiHangup),
        ("511 Command Not Permitted on a dead channel or intercept routine", AgiHangup),
        ("510 Invalid or unknown command", AgiFault),
        ("520-Invalid command syntax.  Proper usage follows:", AgiFault),
        ("200 result=", AgiFault),
        ("", AgiFault),
    ],
)
def test_what_asterisk_did_not_do_is_told_apart(line: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        read_answer(line)


def test_what_asterisk_did() -> None:
    assert [read_answer(line) for line in ("200 result=1", "200 result=-1", "200 result=0 (timeout)")] == [
        *(1, -1, 0),
    ]


def test_numbers_are_in_no_repr() -> None:
    assert "7916" not in repr(request_of(SAID.decode().splitlines()))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("200 result=1 (4321)", "4321"),
        ("200 result=1 ()", ""),
        ("200 result=0", ""),
        ("200 result=1 (a) b (c)", "a) b (c"),
        ("200 result=1", ""),
    ],
)
def test_a_variable_of_the_channel_is_read(line: str, value: str) -> None:
    assert read_variable(line) == value


def test_a_variable_of_a_channel_that_is_gone_is_none() -> None:
    with pytest.raises(AgiHangup):
        read_variable("HANGUP")
    with pytest.raises(AgiFault):
        read_variable("510 Invalid or unknown command")


@pytest.mark.parametrize("said", ["unknown", "<unknown>", "7" * 81])
def test_a_number_that_asterisk_cannot_have_is_none(said: str) -> None:
    named = {"agi_network_script": "callback", "agi_uniqueid": "1.1"}
    assert not read_request(named | {"agi_callerid": said}).number
    assert read_request(named | {"agi_callerid": "7" * 80}).number
