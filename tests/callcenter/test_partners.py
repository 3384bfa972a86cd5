"""Companies as Loymax has them, held against those of the settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.partners import (
    Known,
    Partner,
    differences,
    keep,
    kept,
    matched,
    new_partners,
    read_partners,
)
from callcenter.settings import Company, SettingsError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACME, GLOBEX = Partner(1, "1c9d1c6f-2f6e-4b0c-9f0e-3a1b5c7d9e10", "ACME"), Partner(2, "", "Глобэкс")


def test_an_answer_is_read_and_what_cannot_be_printed_is_left_out() -> None:
    data = [
        {"id": 1, "externalId": ACME.external_id, "name": " ACME\n", "legalName": "ACME Ltd", "more": 1},
        {"id": 2, "externalId": None, "name": "Глобэкс\x1b"},
        {"id": 3, "name": ""},
    ]
    assert read_partners(data) == (ACME, GLOBEX, Partner(3, "", "3"))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "must be a list of at most 10000"),
        ([{"id": 1}] * 10_001, "must be a list of at most 10000"),
        ([{"id": 1}, {"id": "2", "name": "secret"}], "Company [1]: needs a whole number"),
        ([{"id": True}], "Company [0]: needs a whole number"),
        (["secret"], "Company [0]: needs a whole number"),
        ([{"id": 1, "name": 5}], "Company [0]: needs a whole number"),
        ([{"id": 1}, {"id": 1}], "an id is there twice"),
    ],
)
def test_what_is_no_such_list_is_told_by_its_place_alone(data: Any, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)) as error:
        read_partners(data)
    assert "secret" not in str(error.value)


def test_an_unknown_id_is_a_fault_with_its_place_and_another_name_a_warning() -> None:
    companies = [
        Company("acme", "ACME", "UTC", partner_id=1, external_id=ACME.external_id.upper()),
        Company("own", "Own", "UTC"),
        Company("globex", "Globex", "UTC", partner_id=2, external_id="x"),
        Company("gone", "Gone", "UTC", partner_id=9),
    ]
    assert [(each.level, each.place) for each in differences(companies, [ACME, GLOBEX])] == [
        ("fault", "company[2].external_id"),
        ("warning", "company[2].name"),
        ("fault", "company[3].partner_id"),
    ]
    assert new_partners(companies[1:], [GLOBEX, ACME]) == [ACME]


def test_a_company_that_has_a_uuid_alone_is_looked_for_by_it() -> None:
    companies = [
        Company("acme", "Another name", "UTC", external_id=ACME.external_id.upper()),
        Company("gone", "Gone", "UTC", external_id="x"),
    ]
    assert [(each.level, each.place, each.text) for each in differences(companies, [ACME, GLOBEX])] == [
        ("fault", "company[1].external_id", "Loymax has no such Company")
    ]


def test_a_company_is_loymaxs_by_every_id_it_has_and_by_one_at_least() -> None:
    companies = [
        Company("both", "B", "UTC", partner_id=1, external_id=ACME.external_id.upper()),
        Company("number", "N", "UTC", partner_id=1),
        Company("uuid", "U", "UTC", external_id=ACME.external_id),
        Company("other-uuid", "O", "UTC", partner_id=1, external_id="x"),
        Company("other-number", "O", "UTC", partner_id=3, external_id=ACME.external_id),
        Company("neither", "N", "UTC"),
    ]
    assert matched(companies, [ACME, GLOBEX]) == {ACME: ["both", "number", "uuid"]}


def test_the_last_good_answer_is_kept_with_its_age(tmp_path: Path) -> None:
    path = tmp_path / "data/loymax-companies.json"
    assert kept(path) is None
    known = Known(NOW, (ACME, GLOBEX))
    keep(path, known)
    assert kept(path) == known
    assert path.stat().st_mode & 0o777 == 0o600
    ages = [known.age(NOW + timedelta(minutes=minutes)) for minutes in (0, 119, 120, 3_000)]
    assert ages == ["0 min ago", "119 min ago", "2 h ago", "2 days ago"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"at": "never", "partners": []}', '{"at": "2026-11-23", "partners": 1}']
)
def test_a_file_that_is_not_ours_is_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / "kept.json").write_text(text)
    with pytest.raises(SettingsError, match=r"kept\.json: cannot be used"):
        kept(tmp_path / "kept.json")
