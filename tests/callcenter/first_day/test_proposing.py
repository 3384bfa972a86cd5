"""What is proposed from what was found: always settings that check-config takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.first_day.findings import Found, ManagerSeen, Member
from callcenter.first_day.owning import CompanyAsked
from callcenter.first_day.proposal import Mail, Manager, Said
from callcenter.first_day.proposing import propose
from callcenter.first_day.toml_text import toml_text
from callcenter.settings import Settings, load_settings
from tests.callcenter.first_day.findings import cdr_line, found_in

ONE = Said("lab", (CompanyAsked("acme", "ACME", "Europe/Moscow", "RU"),))
TWO = Said("lab", (*ONE.companies, CompanyAsked("globex", "Globex", "UTC")))
CALL = "1795411630"


def read(folder: Path, found: Found, said: Said) -> Settings:
    (folder / "callcenter.toml").write_text(toml_text(propose(found, said)), "utf-8")
    return load_settings(folder / "callcenter.toml")


_TEXT = st.one_of(
    st.sampled_from(["support", "acme-vip", "79160010001", "NONE", "PJSIP/101", "Alice"]),
    st.text(max_size=12),
)
_LINES = st.lists(
    st.tuples(_TEXT, _TEXT, _TEXT, st.sampled_from(["ENTERQUEUE", "CONNECT", "DID", "ADDMEMBER"]), _TEXT).map(
        lambda each: f"{CALL}|{'|'.join(each)}"
    ),
    max_size=8,
)
_MEMBERS = st.lists(
    st.builds(Member, _TEXT.filter(bool), _TEXT.filter(bool), st.frozensets(_TEXT, max_size=2)), max_size=4
)
_ROWS = st.lists(
    st.tuples(_TEXT, _TEXT, _TEXT).map(
        lambda each: cdr_line(
            f"{CALL}.1", dst=each[0], accountcode=each[1], dstchannel=f"PJSIP/{each[2]}-00000002"
        )
    ),
    max_size=6,
)


@given(_LINES, _ROWS, _MEMBERS, st.sampled_from([ONE, TWO]))
@settings(max_examples=40, deadline=None)
def test_whatever_the_logs_hold_the_settings_have_no_fault(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    rows: list[str],
    members: list[Member],
    said: Said,
) -> None:
    manager = ManagerSeen("22", tuple(members), frozenset(each.name for each in members))
    found = read(tmp_path_factory.getbasetemp(), found_in(lines, rows, manager=manager), said)
    assert [each.id for each in found.companies] == [each.id for each in said.companies]


def test_the_same_is_always_proposed() -> None:
    rows = [cdr_line(f"{CALL}.{nth}", dst=f"555{nth:04}") for nth in range(20)]
    assert propose(found_in(cdr=rows), ONE) == propose(found_in(cdr=reversed(rows)), ONE)


def test_numbers_dialled_from_outside_are_dids_and_those_of_phones_and_transfers_are_not() -> None:
    phone = {"channel": "PJSIP/101-00000002", "src": "101", "dcontext": "agents", "lastapp": "Dial"}
    rows = [
        cdr_line(f"{CALL}.1"),
        cdr_line(f"{CALL}.1", dst="5559999"),
        cdr_line(f"{CALL}.2", dst="+74950000001"),
        *(cdr_line(f"{CALL}.{nth}", dst="84950000009", **phone) for nth in (3, 4)),
        cdr_line(f"{CALL}.5", dst="102", dcontext="agents"),
        cdr_line(f"{CALL}.6", dst="s"),
    ]
    (company,) = propose(found_in([f"{CALL}|x|NONE|NONE|DID|5551900"], rows), ONE).companies
    assert [(each.value, each.count) for each in company.dids] == [
        ("5551000", 1),
        ("5551900", 1),
        ("74950000001", 1),
    ]


def test_many_calls_leave_out_what_was_dialled_once() -> None:
    rows = [cdr_line(f"{CALL}.{nth}") for nth in range(250)] + [cdr_line(f"{CALL}.999", dst="84950000009")]
    (company,) = propose(found_in(cdr=rows), ONE).companies
    assert [each.value for each in company.dids] == ["5551000"]


def test_the_columns_of_newcdrcolumns_are_named_and_others_are_told_of(tmp_path: Path) -> None:
    new = [f'{cdr_line(f"{CALL}.1")},"","{CALL}.1",1']
    (pbx,) = read(tmp_path, found_in(cdr=new), ONE).pbxs
    assert pbx.cdr_custom is not None
    assert pbx.cdr_custom[-3:] == ("peeraccount", "linkedid", "sequence")
    odd = propose(found_in(cdr=["1,2,3"]), ONE)
    assert any("has 3 columns" in note for note in odd.notes)


def test_what_is_no_companys_is_shown_as_a_comment_to_be_moved(tmp_path: Path) -> None:
    lines = [f"{CALL}|{CALL}.1|sales|NONE|ENTERQUEUE||79160010001|1"]
    text = toml_text(propose(found_in(lines), TWO))
    assert '#     "sales",    # 1 call seen' in text
    assert [company.queues for company in read(tmp_path, found_in(lines), TWO).companies] == [(), ()]


def test_nothing_found_is_still_settings_that_say_what_to_fill_in(tmp_path: Path) -> None:
    proposal = propose(found_in(), ONE)
    assert sum("was seen" in note for note in proposal.notes) == 2
    (pbx,) = read(tmp_path, found_in(), ONE).pbxs
    assert pbx.trunks == ("PJSIP/trunk",)


@pytest.mark.parametrize("secret", ["secrets/ami-lab", None])
def test_no_secret_is_in_the_settings_but_where_it_is(tmp_path: Path, secret: str | None) -> None:
    manager = Manager("pbx.example:5039", "relay", secret, "plain", tls=True, ca_file="/etc/ssl/pbx.pem")
    said = Said("lab", ONE.companies, manager=manager)
    (pbx,) = read(tmp_path, found_in(), said).pbxs
    assert (pbx.ami, pbx.ami_user, pbx.ami_login, pbx.ami_tls) == ("pbx.example:5039", "relay", "plain", True)
    assert pbx.ami_secret_file == (tmp_path / "secrets/ami-lab" if secret else None)


def test_who_gets_the_reports_and_by_which_server(tmp_path: Path) -> None:
    mail = Mail(
        "mail.example:465", ("a@x.example", "b@x.example"), "cc@x.example", "cc", "/run/secrets/mail", "tls"
    )
    found = read(tmp_path, found_in(), Said("lab", TWO.companies, mail=mail))
    assert found.mail is not None
    assert (found.mail.host, found.mail.port, found.mail.encryption) == ("mail.example", 465, "tls")
    assert (found.mail.user, found.mail.password_file) == ("cc", Path("/run/secrets/mail"))
    assert [each.reports.daily for each in found.companies] == [mail.to, mail.to]
    assert [each.reports.monthly for each in found.companies] == [mail.to, mail.to]


def test_two_of_one_name_are_told_of_and_one_is_taken(tmp_path: Path) -> None:
    members = (Member("PJSIP/101", "Alice", frozenset({"a"})), Member("PJSIP/102", "Alice", frozenset({"a"})))
    found = found_in(manager=ManagerSeen("22", members, frozenset({"a"})))
    assert [each.interface for each in read(tmp_path, found, ONE).operators] == ["PJSIP/101"]
    assert any("of a name that another has too: Alice" in note for note in propose(found, ONE).notes)
