"""Who owns what, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.directory import Directory, MappingRow, directory_fingerprint
from callcenter.settings import Company, Mapping, Operator, Pbx, Settings, Warehouse, load_settings

EXAMPLE = Path(__file__).parents[2] / "callcenter.example.toml"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def settings_of(*companies: Company) -> Settings:
    return Settings(
        path=Path("/srv/callcenter.toml"),
        warehouse=Warehouse(Path("/srv/w.duckdb"), Path("/srv/p.duckdb")),
        pbxs=(Pbx("lab", ("/var/log/queue_log*",), (), ("PJSIP/trunk",)),),
        companies=companies,
        operators=(Operator("alice", "Alice", ("acme",), "PJSIP/101", "Alice"),),
    )


def company(name: str, timezone: str, *queues: Mapping) -> Company:
    return Company(name, name.upper(), timezone, queues=queues)


def test_the_example_answers_for_dids_queues_account_codes_and_operators() -> None:
    directory = Directory.from_settings(load_settings(EXAMPLE))
    assert directory.company_of_did("5551000", NOW) == "acme"
    assert directory.company_of_queue("globex-sales", NOW) == "globex"
    assert directory.company_of_account_code("globex", NOW) == "globex"
    for name in ("PJSIP/103", "Carol"):
        operator = directory.operator_of(name)
        assert operator is not None
        assert operator.login == "carol"


def test_a_did_is_known_with_a_plus_and_without() -> None:
    """As the figures have it: PBXs and their providers spell it either way."""
    acme = Company("acme", "ACME", "UTC", dids=(Mapping("+74950000001"), Mapping("5551000")))
    directory = Directory.from_settings(settings_of(acme))
    for did in ("74950000001", "+74950000001", "5551000", "+5551000"):
        assert directory.company_of_did(did, NOW) == "acme"


@pytest.mark.parametrize("name", ["", "5551", "551000", "acme", "ACME-SUPPORT", "PJSIP/1", "carol"])
def test_only_the_whole_name_is_an_answer(name: str) -> None:
    directory = Directory.from_settings(load_settings(EXAMPLE))
    assert directory.company_of_did(name, NOW) is None
    assert directory.company_of_queue(name, NOW) is None
    assert directory.operator_of(name) is None


def test_a_validity_is_half_open_and_in_the_companys_days() -> None:
    mapping = Mapping("old", date(2026, 1, 1), date(2026, 2, 1))
    directory = Directory.from_settings(settings_of(company("acme", "Asia/Kathmandu", mapping)))
    begin, end = datetime(2025, 12, 31, 18, 15), datetime(2026, 1, 31, 18, 15)  # noqa: DTZ001 -- naive UTC, as the warehouse has it
    assert directory.mappings() == [MappingRow("queue", "old", "acme", begin, end)]
    assert directory.company_of_queue("old", begin - SECOND) is None
    assert directory.company_of_queue("old", begin) == "acme"
    assert directory.company_of_queue("old", end - SECOND) == "acme"
    assert directory.company_of_queue("old", end) is None


def test_an_instant_is_the_same_in_any_time_zone() -> None:
    mapping = Mapping("old", date(2026, 1, 1))
    directory = Directory.from_settings(settings_of(company("acme", "Europe/Moscow", mapping)))
    elsewhere = timezone(timedelta(hours=-9))
    begin = datetime(2025, 12, 31, 12, tzinfo=elsewhere)
    assert directory.company_of_queue("old", begin) == "acme"
    assert directory.company_of_queue("old", begin - SECOND) is None


def test_a_day_without_midnight_begins_where_the_clocks_skip_it() -> None:
    mapping = Mapping("q", date(2018, 11, 4))
    directory = Directory.from_settings(settings_of(company("acme", "America/Sao_Paulo", mapping)))
    assert directory.mappings()[0].valid_from_utc == datetime(2018, 11, 4, 3)  # noqa: DTZ001 -- naive UTC


def test_a_queue_goes_from_one_company_to_another() -> None:
    day = date(2026, 6, 1)
    directory = Directory.from_settings(
        settings_of(
            company("acme", "Europe/Moscow", Mapping("q", None, day)),
            company("globex", "Europe/Moscow", Mapping("q", day)),
        )
    )
    midnight = datetime(2026, 5, 31, 21, tzinfo=UTC)
    assert directory.company_of_queue("q", midnight - SECOND) == "acme"
    assert directory.company_of_queue("q", midnight) == "globex"


def test_between_time_zones_it_changes_hands_at_the_new_owners_midnight() -> None:
    day = date(2026, 6, 1)
    west, east = Mapping("q", None, day), Mapping("q", day)
    directory = Directory.from_settings(
        settings_of(company("acme", "Europe/Moscow", west), company("globex", "Asia/Kathmandu", east))
    )
    midnight = datetime(2026, 5, 31, 18, 15, tzinfo=UTC)
    assert directory.company_of_queue("q", midnight - SECOND) == "acme"
    assert directory.company_of_queue("q", midnight) == "globex"


def test_an_owner_of_one_day_may_lose_it_all_to_the_next_but_keeps_no_later_one() -> None:
    first, second = date(2026, 6, 1), date(2026, 6, 2)
    west = company("acme", "Pacific/Niue", Mapping("q", first, second))
    east = company("globex", "Pacific/Kiritimati", Mapping("q", second))
    assert [row.company_id for row in Directory.from_settings(settings_of(west, east)).mappings()] == [
        "globex"
    ]


ZONES = st.sampled_from(["Pacific/Niue", "Europe/Moscow", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"])


@settings(deadline=None)
@given(
    days=st.lists(st.dates(date(2024, 1, 1), date(2024, 1, 20)), min_size=1, max_size=6, unique=True),
    zones=st.lists(ZONES, min_size=7, max_size=7),
    hour=st.integers(0, 30 * 24),
)
def test_at_no_instant_has_a_value_two_rows(days: list[date], zones: list[str], hour: int) -> None:
    edges = [None, *sorted(days), None]
    companies = [
        company(f"c{index}", zone, Mapping("q", edges[index], edges[index + 1]))
        for index, zone in enumerate(zones[: len(edges) - 1])
    ]
    rows = Directory.from_settings(settings_of(*companies)).mappings()
    at = datetime(2023, 12, 28) + timedelta(hours=hour)  # noqa: DTZ001 -- naive UTC
    assert sum(row.holds_at(at) for row in rows) <= 1
    assert rows[0].valid_from_utc is None
    assert rows[-1].valid_until_utc is None


ACME = company("acme", "Europe/Moscow", Mapping("q"))
GLOBEX = company("globex", "Europe/Moscow", Mapping("r"), Mapping("s"))
BEFORE = settings_of(ACME, GLOBEX)
ALICE = BEFORE.operators[0]
LAB = BEFORE.pbxs[0]


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, path=Path("/elsewhere"), warehouse=Warehouse(Path("/a"), Path("/b"), threads=9)),
        replace(BEFORE, pbxs=(replace(LAB, queue_log=("/other*",)),)),
        replace(BEFORE, companies=(replace(GLOBEX, queues=GLOBEX.queues[::-1]), ACME)),
    ],
    ids=["paths", "patterns", "order"],
)
def test_the_fingerprint_stays_where_no_figure_changes(after: Settings) -> None:
    assert directory_fingerprint(after) == directory_fingerprint(BEFORE)


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, default_timezone="Europe/Moscow"),
        replace(BEFORE, pbxs=(replace(LAB, trunks=("PJSIP/other",)),)),
        replace(BEFORE, pbxs=(replace(LAB, cdr_timezone="Europe/Moscow"),)),
        replace(BEFORE, companies=(ACME,)),
        replace(BEFORE, companies=(replace(ACME, timezone="UTC"), GLOBEX)),
        replace(BEFORE, companies=(replace(ACME, country="RU"), GLOBEX)),
        replace(BEFORE, companies=(replace(ACME, service_level_seconds=21), GLOBEX)),
        replace(BEFORE, companies=(replace(ACME, short_abandon_seconds=6), GLOBEX)),
        replace(BEFORE, companies=(replace(ACME, queues=(Mapping("q", date(2026, 1, 1)),)), GLOBEX)),
        replace(BEFORE, companies=(replace(ACME, queues=(), dids=(Mapping("q"),)), GLOBEX)),
        replace(BEFORE, operators=()),
        replace(BEFORE, operators=(replace(ALICE, interface="PJSIP/9"),)),
        replace(BEFORE, operators=(replace(ALICE, companies=("acme", "globex")),)),
    ],
)
def test_the_fingerprint_changes_where_a_figure_may(after: Settings) -> None:
    assert directory_fingerprint(after) != directory_fingerprint(BEFORE)
    assert len(directory_fingerprint(after)) == 64
