"""Masking: no number is left in a line, however it is written; what is nobody's number stays."""

from __future__ import annotations

import pytest

from callcenter.cli.masking import Masker
from callcenter.settings import load_settings
from tests.warehouse.harness import EXAMPLE

UNIQUEID = "lab-1795411630.2"


@pytest.fixture(scope="module")
def mask() -> Masker:
    return Masker(load_settings(EXAMPLE), [UNIQUEID])


@pytest.mark.parametrize(
    ("tail", "masked"),
    [
        ("NONE|ENTERQUEUE||79160010002|1", "NONE|ENTERQUEUE||*********02|1"),
        ("NONE|ENTERQUEUE||555-12-34|1", "NONE|ENTERQUEUE||***-**-34|1"),
        ("NONE|ENTERQUEUE||5551000|1", "NONE|ENTERQUEUE||5551000|1"),  # a DID of the settings
        ("NONE|ENTERQUEUE||101|1", "NONE|ENTERQUEUE||101|1"),
        ("NONE|ENTERQUEUE||anonymous|1", "NONE|ENTERQUEUE||anonymous|1"),
        ("NONE|ENTERQUEUE||79160010002|1|Ann|7916", "NONE|ENTERQUEUE||*********02|1|***|***"),
        ("Alice|CONNECT|1|lab-1795411630.4|1", "Alice|CONNECT|1|lab-1795411630.4|1"),
        ("Alice|BLINDTRANSFER|89160010002|out|1|6|1", "Alice|BLINDTRANSFER|*********02|out|1|6|1"),
        ("Local/89160010002@out/n|CONNECT|1|x|1", "Local/*********02@out/n|CONNECT|1|x|1"),
        ("A|TRANSFER|PJSIP/101-00000001|1|2|3", "A|TRANSFER|PJSIP/101-00000001|1|2|3"),
        ("Bob|RINGNOANSWER|12000", "Bob|RINGNOANSWER|12000"),
    ],
)
def test_lines_of_queue_log(tail: str, masked: str, mask: Masker) -> None:
    begin = f"1795411630|{UNIQUEID}|acme-support|"
    assert mask.line(begin + tail) == begin + masked


@pytest.mark.parametrize(
    ("column", "value", "masked"),
    [
        ("src", "79160010002", "*********02"),
        ("src", "+7 (916) 001-00-02", "+* (***) ***-**-02"),
        ("src", "55512", "***12"),
        ("src", "٧٩١٦٠٠١٠٠٠٢", "*********٠٢"),
        ("src", "101", "101"),
        ("dst", "5551000", "5551000"),
        ("dst", "+5551000", "+5551000"),
        ("dst", "s", "s"),
        ("clid", '"Иван" <79160010002>', '"***" <*********02>'),
        ("clid", '"" <79160010002>', '"" <*********02>'),
        ("clid", '"<b>79160010002</b>" <79160010002>', '"***" <*********02>'),
        ("clid", "Ann", '"***"'),
        ("clid", '"" <101>', '"" <101>'),
        ("channel", "PJSIP/trunk-00000002", "PJSIP/trunk-00000002"),
        ("channel", "PJSIP/79160010002-00000002", "PJSIP/*********02-00000002"),
        ("channel", "Local/79160010002@out-00000002;1", "Local/*********02@out-00000002;1"),
        ("lastdata", "PJSIP/819160010001@trunk-ok,10", "PJSIP/**********01@trunk-ok,10"),
        ("lastdata", "acme-support,tT,,,10", "acme-support,tT,,,10"),
        ("recordingfile", "q-acme-79160010002-20261123.wav", "q-acme-***********-******23.wav"),
        ("uniqueid", "lab-1795411630.2", "lab-1795411630.2"),
        ("linkedid", "lab-1795411630.2", "lab-1795411630.2"),
        ("start", "2026-11-23 05:27:10", "2026-11-23 05:27:10"),
        ("userfield", "callback 8 916 001 00 02", "callback * *** *** ** 02"),
        ("userfield", "1795411630.2 9160010002.1", "1795411630.2 *********2.1"),
    ],
)
def test_columns_of_the_cdr(column: str, value: str, masked: str, mask: Masker) -> None:
    assert mask.columns({column: value}) == {column: masked}


def test_a_call_named_by_its_channel_keeps_no_number_in_it() -> None:
    mask = Masker(load_settings(EXAMPLE), ["SIP/79160010002-00000001@1795411630"])
    assert mask.columns({"channel": "SIP/79160010002-00000001"}) == {"channel": "SIP/*********02-00000001"}


def test_words_of_the_explanation(mask: Masker) -> None:
    assert mask.text("Local/89160010002@out rang in vain") == "Local/*********02@out rang in vain"
    assert (
        mask.text("an incoming call to 5551000; talk 1234567 s")
        == "an incoming call to 5551000; talk *****67 s"
    )
