"""How a fault of callcenter.toml is told: all at once, each with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.settings import MAX_FILE_BYTES, SettingsError, load_settings
from tests.callcenter.files import ACME, ALICE, GLOBEX, PBX, SMALLEST, WAREHOUSE, Faults, Load, with_table
from tests.callcenter.test_settings import MAIL

GUESS = "; did you mean 'Europe/Minsk' or 'Europe/Moscow' or 'Europe/Monaco'?"


# How faults are told


def test_every_fault_is_told_at_once_with_its_place(faults: Faults) -> None:
    told = faults(
        "colour = 1\n"
        + WAREHOUSE
        + 'threads = "2"\nretenton_months = 3\n'
        + PBX
        + ACME
        + GLOBEX.replace("Moscow", "Moskva")
        + ALICE.replace('"acme"', '"acne"')
    )
    assert told == [
        "callcenter.toml: colour: unknown key",
        "callcenter.toml: warehouse.threads: must be a valid integer, not '2'",
        "callcenter.toml: warehouse.retenton_months: unknown key; did you mean 'retention_months'?",
        "callcenter.toml: company[1].timezone: unknown time zone 'Europe/Moskva'" + GUESS,
        "callcenter.toml: operator[0].companies[0]: unknown Company 'acne'; did you mean 'acme'?",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a =\n", "line 1, column 4: Invalid value"),
        ("[warehouse]\npath = 'a\n", "line 3, column 1 (the end): Expected"),
        ("a = [1,", "line 1, column 8 (the end): Invalid value"),
        ("a = 1\na = 2\n", "line 2, column 6: Cannot overwrite a value"),
        (f"a = {'9' * 5000}", "not readable as TOML"),
        (f"a = {'[' * 20000}", "not readable as TOML"),
        ("#" * (MAX_FILE_BYTES + 1), "larger than 1048576 bytes"),
        ("", "warehouse: missing"),
    ],
)
def test_what_is_not_toml_is_refused_with_line_and_column(faults: Faults, text: str, fault: str) -> None:
    assert faults(text)[0].startswith(f"callcenter.toml: {fault}")


def test_bytes_that_are_no_text_are_refused_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "callcenter.toml"
    path.write_bytes(b"# ok\nname = \xff\n")
    with pytest.raises(SettingsError, match="line 2, column 8: not UTF-8 text"):
        load_settings(path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (WAREHOUSE + ACME, "pbx: missing"),
        (WAREHOUSE + PBX, "company: missing"),
        ("company = []\n" + WAREHOUSE + PBX, "company: must have at least one entry"),
        (PBX + ACME, "warehouse: missing"),
        ("warehouse = 1\n" + PBX + ACME, "warehouse: must be a valid table, not 1"),
        ("pbx = [1]\n" + WAREHOUSE + ACME, "pbx[0]: must be a valid table, not 1"),
        (
            WAREHOUSE + "retention_months = 0\n" + PBX + ACME,
            "warehouse.retention_months: must be greater than",
        ),
        (
            WAREHOUSE + "retention_months = 121\n" + PBX + ACME,
            "warehouse.retention_months: must be less than",
        ),
        (
            WAREHOUSE + "retention_months = 13.0\n" + PBX + ACME,
            "warehouse.retention_months: must be a valid integer",
        ),
        (WAREHOUSE + "threads = true\n" + PBX + ACME, "warehouse.threads: must be a valid integer, not True"),
        (
            WAREHOUSE + "memory_limit_mb = 255\n" + PBX + ACME,
            "warehouse.memory_limit_mb: must be greater than",
        ),
        (
            SMALLEST.replace("data/callcenter", "./data/warehouse"),
            "warehouse.published: must be another file",
        ),
        (
            WAREHOUSE + 'published_per_company = "data/."\n' + PBX + ACME,
            "warehouse.published_per_company: must be a folder of its own",
        ),
        (WAREHOUSE + 'number_key = "hunter2"\n' + PBX + ACME, "warehouse.number_key: unknown key"),
        (SMALLEST.replace('"lab"', '"Lab"'), "pbx[0].name: must be 1 to 32 of a-z"),
        (SMALLEST.replace('"lab"', r'"lab\n"'), "pbx[0].name: must be 1 to 32 of a-z"),
        (SMALLEST.replace('"lab"', f'"{"l" * 33}"'), "pbx[0].name: must be 1 to 32 of a-z"),
        (
            WAREHOUSE + PBX + PBX.replace("logs", "l2") + ACME,
            "pbx[1].name: 'lab' is taken: pbx[0].name has it",
        ),
        (
            WAREHOUSE + PBX + PBX.replace("lab", "two") + ACME,
            "pbx[1].queue_log[0]: 'logs/queue_log*' is taken: pbx[0].queue_log[0] has it",
        ),
        (SMALLEST.replace('["PJSIP/trunk"]', "[]"), "pbx[0].trunks: must have at least one entry"),
        (SMALLEST.replace('["logs/queue_log*"]', "[]"), "pbx[0]: needs queue_log or cdr_csv"),
        (
            WAREHOUSE + PBX + 'cdr_custom = ["src"]\n' + ACME,
            "pbx[0].cdr_custom: lacks start, channel, disposition",
        ),
        (
            WAREHOUSE + PBX + 'cdr_custom = ["start", "start", "channel", "disposition", "uniqueid"]' + ACME,
            "pbx[0].cdr_custom: names start more than once",
        ),
        (
            WAREHOUSE + PBX + 'cdr_custom = ["strat"]\n' + ACME,
            "pbx[0].cdr_custom[0]: unknown CDR column 'strat'; did",
        ),
        (WAREHOUSE + PBX + 'cdr_timezone = "localtime"\n' + ACME, "pbx[0].cdr_timezone: unknown time zone"),
        (with_table('{ timezone = "UTC" }'), "pbx[0].cdr_database.url: missing"),
        (with_table('{ url = "mariadb://reader@pbx/cdr" }'), "pbx[0].cdr_database.timezone: missing"),
        (
            with_table('{ url = "oracle://pbx/cdr", timezone = "UTC" }'),
            "pbx[0].cdr_database.url: must begin with one of postgresql://",
        ),
        (
            with_table('{ url = "mariadb://pbx", timezone = "UTC" }'),
            "pbx[0].cdr_database.url: must begin with one of postgresql://",
        ),
        (
            with_table('{ url = "mariadb://reader:hunter2@pbx/cdr", timezone = "UTC" }'),
            "pbx[0].cdr_database.url: must not have a password in it",
        ),
        (
            with_table('{ url = "mariadb://reader@pbx/cdr?password=hunter2", timezone = "UTC" }'),
            "pbx[0].cdr_database.url: must end with the database's name: options are not taken",
        ),
        (
            with_table('{ url = "mariadb://pbx/cdr", timezone = "UTC", table = "a.b.c" }'),
            "pbx[0].cdr_database.table: must be a table's name",
        ),
        (
            with_table('{ url = "mariadb://pbx/cdr", timezone = "UTC", tabel = "cdr" }'),
            "pbx[0].cdr_database.tabel: unknown key; did you mean 'table'?",
        ),
        (
            with_table('{ url = "mariadb://pbx/cdr", timezone = "UTC", since = 1 }'),
            "pbx[0].cdr_database.since: must be a date without quotes",
        ),
        (
            with_table('{ url = "mariadb://pbx/cdr", timezone = "UTC", columns = { strat = "x" } }'),
            "pbx[0].cdr_database.columns: unknown column 'strat'; did you mean 'start'?",
        ),
        (
            with_table('{ url = "mariadb://pbx/cdr", timezone = "UTC" }\ncdr_csv = ["Master.csv"]'),
            "pbx[0].cdr_database.since: missing: cdr_csv has calls too, and none may be in both",
        ),
        (
            SMALLEST + 'reports = { daily = ["a@acme.example"] }',
            "company[0].reports.daily: cannot be mailed: there is no [mail]",
        ),
        (
            SMALLEST + 'reports = { daily = ["a"] }',
            "company[0].reports.daily[0]: must be an address, such as",
        ),
        (
            SMALLEST + 'reports = { daily = ["a@b\\r\\nBcc: c@d"] }',
            "company[0].reports.daily[0]: has characters that cannot be printed",
        ),
        (SMALLEST + "reports = { hour = 24 }", "company[0].reports.hour: must be less than"),
        (
            MAIL + SMALLEST + 'reports = { weekly = ["a@acme.example", "a@acme.example"] }',
            "company[0].reports.weekly: names a@acme.example more than once",
        ),
        (
            MAIL + 'encryption = "none"\nuser = "reports"\n' + SMALLEST,
            "mail.encryption: 'none' would send the password of mail.user in the open",
        ),
        (
            MAIL.replace("mail.example", "mail/example") + SMALLEST,
            "mail.host: must be a host's name or address",
        ),
        (
            WAREHOUSE + PBX + "clock_offset_seconds = 90000\n" + ACME,
            "pbx[0].clock_offset_seconds: must be less than",
        ),
        (SMALLEST.replace("Europe/Moscow", "Europe"), "company[0].timezone: unknown time zone 'Europe'"),
        (SMALLEST.replace("Europe/Moscow", "../../etc/passwd"), "company[0].timezone: unknown time zone"),
        (SMALLEST.replace("Europe/Moscow", "europe/moscow"), "company[0].timezone: unknown time zone"),
        (SMALLEST.replace('"acme"', '"unassigned"'), "company[0].id: 'unassigned' is reserved"),
        (SMALLEST.replace('"acme"', '"../acme"'), "company[0].id: must be 1 to 32 of a-z"),
        (SMALLEST + ACME, "company[1].id: 'acme' is taken: company[0].id has it"),
        (
            SMALLEST + 'country = "ru"',
            "company[0].country: unknown country 'ru': it must be two letters of ISO",
        ),
        (SMALLEST + 'country = "XX"', "company[0].country: unknown country 'XX'"),
        (SMALLEST + "dids = [5551000]", "company[0].dids[0]: must be text in quotes or a table"),
        (SMALLEST + 'dids = [" 1"]', "company[0].dids[0].name: must be text without spaces around it"),
        (SMALLEST + 'dids = [""]', "company[0].dids[0].name: must be text without spaces around it"),
        (
            SMALLEST + r'dids = ["1\u001b[2J"]',
            r"company[0].dids[0].name: has characters that cannot be printed",
        ),
        (SMALLEST + 'dids = ["1", "1"]', "company[0].dids[1]: DID '1' would belong to two at a time"),
        (
            SMALLEST + 'dids = [{ name = "1", til = 2026-01-01 }]',
            "company[0].dids[0].til: unknown key; did you mean 'until'",
        ),
        (SMALLEST + "dids = [{ from = 2026-01-01 }]", "company[0].dids[0].name: missing"),
        (
            SMALLEST + 'dids = [{ name = "1", from = "2026-01-01" }]',
            "company[0].dids[0].from: must be a date without quotes",
        ),
        (
            SMALLEST + 'dids = [{ name = "1", from = 2026-01-01T00:00:00 }]',
            "company[0].dids[0].from: must be a date without quotes, such as 2025-01-31, not 2026-01-01 0",
        ),
        (SMALLEST + 'dids = [{ name = "1", from = 0001-01-01 }]', "company[0].dids[0].from: must be a date"),
        (
            SMALLEST + 'dids = [{ name = "1", from = 2026-01-02, until = 2026-01-02 }]',
            "company[0].dids[0]: is never valid: from 2026-01-02 until 2026-01-02 (exclusive)",
        ),
        (SMALLEST + '"a\\n\\u001b[2Jb" = 1', r"company[0].'a\n\x1b[2Jb': unknown key"),
        (SMALLEST + ALICE + ALICE.replace("101", "102"), "operator[1].login: 'alice' is taken"),
        (SMALLEST + ALICE + ALICE.replace("alice", "al"), "operator[1].interface: 'PJSIP/101' is taken"),
        (
            SMALLEST + ALICE + ALICE.replace("alice", "al").replace("101", "102") + 'member = "PJSIP/101"',
            "operator[1].member: 'PJSIP/101' is taken: operator[0].interface has it",
        ),
        (SMALLEST + ALICE.replace('["acme"]', "[]"), "operator[0].companies: must have at least one entry"),
        (
            SMALLEST + ALICE.replace('"acme"', '"acme", "acme"'),
            "operator[0].companies: names a Company more than once",
        ),
        (SMALLEST + ALICE.replace('"acme"', '"unassigned"'), "operator[0].companies[0]: unknown Company"),
    ],
)
def test_a_fault_is_refused_and_told_with_its_place(faults: Faults, text: str, fault: str) -> None:
    told = faults(text)
    assert len(told) == 1
    assert told[0].startswith(f"callcenter.toml: {fault}")


def test_a_company_with_a_fault_is_still_known_to_its_operators(faults: Faults) -> None:
    assert len(faults(SMALLEST.replace("Moscow", "Moskva") + ALICE)) == 1


# One owner at a time


@pytest.mark.parametrize("kind", ["dids", "queues", "account_codes"])
@pytest.mark.parametrize(
    ("acme", "globex"),
    [
        ("'x'", "'x'"),
        ("'x'", "{name = 'x', from = 2026-01-01}"),
        ("{name = 'x', until = 2026-01-02}", "{name = 'x', from = 2026-01-01}"),
        (
            "{name = 'x', from = 2026-01-01, until = 2026-12-01}",
            "{name = 'x', from = 2026-02-01, until = 2026-03-01}",
        ),
    ],
)
def test_two_companies_cannot_own_one_thing_at_a_time(
    faults: Faults, kind: str, acme: str, globex: str
) -> None:
    (told,) = faults(f"{SMALLEST}{kind} = [{acme}]\n{GLOBEX}{kind} = [{globex}]")
    assert told.startswith(f"callcenter.toml: company[1].{kind}[0]: ")
    assert told.endswith(
        f"'x' would belong to two at a time: Company 'acme' (company[0].{kind}[0]) and Company 'globex'"
    )


def test_a_did_is_the_same_with_a_plus_and_without(faults: Faults) -> None:
    """Its calls would be counted for both."""
    (told,) = faults(f"{SMALLEST}dids = ['+5551000']\n{GLOBEX}dids = ['5551000']")
    assert told.startswith("callcenter.toml: company[1].dids[0]: DID '5551000' would belong to two at a time")


def test_a_thing_may_change_hands_on_a_day(load: Load) -> None:
    acme, globex = "{name = 'x', until = 2026-01-01}", "{name = 'x', from = 2026-01-01}"
    assert load(f"{SMALLEST}dids = [{acme}]\n{GLOBEX}dids = [{globex}]\nqueues = ['x']")


def test_a_long_owner_is_remembered_behind_a_short_one(faults: Faults) -> None:
    long = "{name = 'x', from = 2026-01-01, until = 2027-01-01}"
    short = "{name = 'x', from = 2026-02-01, until = 2026-03-01}, {name = 'x', from = 2026-04-01}"
    assert len(faults(f"{SMALLEST}dids = [{long}]\n{GLOBEX}dids = [{short}]")) == 2
