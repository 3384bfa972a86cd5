"""The lab without root: its recording, its plan, and what its phones and customers say."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET  # our own XML
from itertools import chain
from pathlib import Path

import pytest

from lab.asterisk.companies import COMPANIES, COPIES
from lab.asterisk.place import CALLERS, PHONES, LabError, Place, saved_place
from lab.asterisk.settings import TRUNKS, write_settings
from lab.calls import sip
from lab.calls.check import compare
from lab.calls.incoming import HOSTILE
from lab.calls.plan import make_plan
from lab.calls.scenarios import load_all
from lab.calls.sipp import caller_scenario, customer_scenario, party
from lab.calls.truth import read_truth

RECORDING = Path(__file__).parents[2] / "recordings" / "asterisk-22-transfers"


def test_the_recordings_figures_are_its_truth() -> None:
    verdict = compare(RECORDING)
    assert verdict.differences == []
    assert {row.call.scenario for row in verdict.rows} == {
        name for name, scenario in load_all().items() if scenario.calls
    }


@pytest.mark.parametrize("shape", ["BRIDGE", "APP|Dial", "APP|Queue", "LINK"])
def test_the_recording_has_each_shape_of_an_attended_transfer(shape: str) -> None:
    assert f"|ATTENDEDTRANSFER|{shape}|" in (RECORDING / "queue_log").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("outcome", "abandoned", "outcome answered, not abandoned"),
        ("company", "globex", "company_id"),
        ("direction", "outgoing", "direction incoming, not outgoing"),
        ("queues", [], "count_passes 1, not 0"),
        ("uniqueid", "lab-1.1", "it was not counted"),
    ],
)
def test_the_check_finds_what_differs(tmp_path: Path, name: str, value: object, told: str) -> None:
    differences = _differences_where(tmp_path, {name: value})
    assert any(told in each for each in differences)


def test_the_check_finds_talk_that_is_off(tmp_path: Path) -> None:
    leg = {"operator": "gwen", "talk_seconds": 60.0, "is_in_queue": True, "upper_bound_seconds": None}
    assert any("not 60.0" in each for each in _differences_where(tmp_path, {"legs": [leg]}))


def _differences_where(folder: Path, lie: dict[str, object]) -> list[str]:
    """What the check says where the truth of the scenario `answered` is another."""
    copy = folder / "recording"
    shutil.copytree(RECORDING, copy)
    content = json.loads((copy / "truth.json").read_text("utf-8"))
    for call in content["calls"]:
        if call["scenario"] == "answered":
            call.update(lie)
    (copy / "truth.json").write_text(json.dumps(content), "utf-8")
    return compare(copy).differences


def test_a_plan_is_the_seeds() -> None:
    scenarios = list(load_all().values())
    plan = make_plan(scenarios, 11, 60)
    assert plan == make_plan(scenarios, 11, 60)
    assert plan != make_plan(scenarios, 12, 60)
    assert {turn.scenario.name for turn in plan} == set(load_all())
    assert 60 <= sum(turn.scenario.calls for turn in plan) <= 61
    assert all(turn.scenario.suits(turn.company) for turn in plan)


def test_no_two_have_one_port() -> None:
    place = Place()
    phones = [place.phone_port(phone.extension) for company in COMPANIES for phone in company.operators]
    ports = [*phones, *map(place.trunk_port, TRUNKS.values())]
    assert len(set(ports)) == len(ports)
    assert max(ports) < place.peer_port + CALLERS
    assert min(phones) >= place.peer_port + PHONES


def test_copies_have_nothing_of_acme() -> None:
    for company in COPIES:
        text = "".join(company.dial_plan(part) for part in ("incoming", "agents", "queues"))
        assert "acme" not in text
        assert "Alice" not in text
        assert f"{company.id}-support" in text
    names = list(chain.from_iterable((each.login, each.extension) for c in COMPANIES for each in c.operators))
    assert len(set(names)) == len(names)


def test_settings_are_written_and_known_again(tmp_path: Path) -> None:
    place = Place(tmp_path / "root", tmp_path / "state", tmp_path, 25060, 25038, 26000, has_cel=True)
    write_settings(place)
    place.save()
    assert "bind = 127.0.0.1:25060" in (place.etc / "lab" / "pjsip.conf").read_text("utf-8")
    assert "port = 25038" in (place.etc / "lab" / "manager.conf").read_text("utf-8")
    assert "enable = yes" in (place.etc / "lab" / "cel.conf").read_text("utf-8")
    assert saved_place(place.root, place.state) == place
    assert saved_place(place.root, tmp_path / "other") is None


@pytest.mark.parametrize(
    "address", ["mysql://a@127.0.0.1/b", "postgresql://127.0.0.1/", "postgresql://u:a%0Ab@h/d"]
)
def test_a_database_that_cannot_be_is_refused(tmp_path: Path, address: str) -> None:
    place = Place(tmp_path / "root", tmp_path / "state", queue_log_database=address)
    with pytest.raises(LabError, match="--queue-log-database"):
        write_settings(place)


@pytest.mark.parametrize("name", ["", "Ёлкина Юлия", *HOSTILE])
@pytest.mark.parametrize("ending", ["hang_up", "wait", "cancel"])
def test_scenarios_are_xml_whatever_the_name(name: str, ending: str) -> None:
    root = ET.fromstring(caller_scenario(party("79160010001", name), ending))  # noqa: S314 - our own XML
    assert root.tag == "scenario"
    assert any("INVITE" in (step.text or "") for step in root.iter("send"))


@pytest.mark.parametrize("kind", ["ok", "busy", "na"])
def test_customers_scenarios_are_xml(kind: str) -> None:
    assert ET.fromstring(customer_scenario(kind)).find("recv") is not None  # noqa: S314 - our own XML


def test_a_hidden_number_is_not_sent() -> None:
    assert party("") == '"Anonymous" <sip:anonymous@anonymous.invalid>'


def test_a_message_is_read_as_it_was_written() -> None:
    headers = (("via", "SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK1"), ("call-id", "a@b"), ("cseq", "2 INVITE"))
    message = sip.Message("INVITE sip:101@127.0.0.1 SIP/2.0", headers, sip.offer(4000))
    read = sip.parse(sip.written(message))
    assert (read.start, read.body, read.method, read.status) == (message.start, message.body, "INVITE", 0)
    assert read["call-id"] == "a@b"
    assert sip.sound_port(read.body) == 4000
    answer = sip.parse(b"SIP/2.0 200 OK\r\ni: a\r\nCSeq: 2 BYE\r\nt: <sip:x@y>;tag=q\r\n\r\n")
    assert (answer.status, answer.method, answer["call-id"], sip.tag(answer["to"])) == (200, "BYE", "a", "q")
    assert sip.address('"A" <sip:x@y;z=1>;tag=1') == "sip:x@y;z=1"


def test_a_dialog_names_itself_to_the_other_side() -> None:
    dialog = sip.Dialog("id", "<sip:a@b>;tag=mine", "<sip:c@d>;tag=theirs", "sip:c@d")
    assert dialog.replaces == "id%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dmine"


def test_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    truth = read_truth(RECORDING / "truth.json")
    truth.write(tmp_path / "truth.json")
    assert read_truth(tmp_path / "truth.json") == truth
