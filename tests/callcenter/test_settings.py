"""callcenter.toml: what it may say, what it may not, and how a fault is told."""

from __future__ import annotations

import dataclasses
import glob
import re
import stat
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from callcenter.settings import (
    CDR_COLUMNS,
    KEYS,
    MAX_FILE_BYTES,
    Mapping,
    Settings,
    SettingsError,
    find_settings,
    load_settings,
    number_key,
)

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "callcenter.example.toml"

WAREHOUSE = """
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"
"""
PBX = """
[[pbx]]
name = "lab"
queue_log = ["logs/queue_log*"]
trunks = ["PJSIP/trunk"]
"""
ACME = """
[[company]]
id = "acme"
name = "ACME"
timezone = "Europe/Moscow"
"""
GLOBEX = ACME.replace("acme", "globex").replace("ACME", "Globex")
ALICE = """
[[operator]]
login = "alice"
name = "Alice"
companies = ["acme"]
interface = "PJSIP/101"
"""
SMALLEST = WAREHOUSE + PBX + ACME


MAIL = """
[mail]
host = "mail.example"
sender = "reports@callcenter.example"
"""


def with_table(table: str) -> str:
    return WAREHOUSE + PBX + f"cdr_database = {table}\n" + ACME


GUESS = "; did you mean 'Europe/Minsk' or 'Europe/Moscow' or 'Europe/Monaco'?"

Load = Callable[[str], Settings]
Faults = Callable[[str], list[str]]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLCENTER_CONFIG", "CALLCENTER_NUMBER_KEY", "CALLCENTER_NUMBER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str) -> Settings:
        path = tmp_path / "callcenter.toml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path)

    return write_and_load


@pytest.fixture
def faults(load: Load, tmp_path: Path) -> Faults:
    def of(text: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(text)
        assert str(caught.value) == "\n".join(caught.value.faults)
        assert all(fault.isprintable() for fault in caught.value.faults)
        return [fault.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]

    return of


# What it may say


def test_the_smallest_file_has_the_documented_defaults(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    assert settings.default_timezone == "UTC"
    assert settings.operators == ()
    assert settings.warehouse.path == tmp_path / "data/warehouse.duckdb"
    assert (settings.warehouse.retention_months, settings.warehouse.memory_limit_mb) == (13, 1200)
    assert (settings.warehouse.threads, settings.warehouse.published_per_company) == (None, None)
    assert (settings.pbxs[0].cdr_csv, settings.pbxs[0].cdr_timezone, settings.pbxs[0].cdr_custom) == (
        (),
        "UTC",
        None,
    )
    acme = settings.companies[0]
    assert (acme.country, acme.dids, acme.service_level_seconds, acme.short_abandon_seconds) == (
        None,
        (),
        20,
        5,
    )


def test_what_is_said_is_kept(load: Load, tmp_path: Path) -> None:
    settings = load(
        'default_timezone = "Asia/Kathmandu"\n'
        + WAREHOUSE
        + 'published_per_company = "each"\nretention_months = 1\nmemory_limit_mb = 256\nthreads = 2\n'
        + 'number_key_file = "/run/key"\n'
        + PBX
        + 'cdr_csv = ["/var/log/Master.csv*"]\ncdr_timezone = "Europe/Moscow"\n'
        + 'cdr_custom = ["start", "-", "channel", "disposition", "-", "uniqueid"]\n'
        + ACME
        + 'country = "RU"\nservice_level_seconds = 30\nshort_abandon_seconds = 0\n'
        + ALICE
    )
    assert settings.default_timezone == "Asia/Kathmandu"
    assert settings.warehouse.published_per_company == tmp_path / "each"
    assert settings.warehouse.number_key_file == Path("/run/key")
    assert (settings.warehouse.retention_months, settings.warehouse.threads) == (1, 2)
    assert settings.pbxs[0].cdr_csv == ("/var/log/Master.csv*",)
    assert settings.pbxs[0].cdr_custom == ("start", "-", "channel", "disposition", "-", "uniqueid")
    assert (settings.companies[0].country, settings.companies[0].short_abandon_seconds) == ("RU", 0)
    assert settings.operators[0].member == "PJSIP/101"  # as Asterisk names a member without a name


def test_a_mapping_is_text_or_a_table_with_dates(load: Load) -> None:
    entries = (
        '["a", { name = "b", from = 2025-01-01, until = 2026-06-01 }, { name = "c", until = 2026-06-01 }]'
    )
    assert load(f"{SMALLEST}queues = {entries}").companies[0].queues == (
        Mapping("a"),
        Mapping("b", date(2025, 1, 1), date(2026, 6, 1)),
        Mapping("c", None, date(2026, 6, 1)),
    )


def test_settings_cannot_be_changed(load: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(SMALLEST).warehouse.threads = 8  # type: ignore[misc] # what the test is about


def test_relative_paths_are_the_files_own_and_its_folder_is_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "site [1]*"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs/queue_log.1").touch()
    (folder / "callcenter.toml").write_text(SMALLEST)
    pattern = load_settings(folder / "callcenter.toml").pbxs[0].queue_log[0]
    assert glob.glob(pattern) == [str(folder / "logs/queue_log.1")]  # noqa: PTH207 -- as the loader does


def test_a_relative_settings_path_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "callcenter.toml").write_text(SMALLEST)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("callcenter.toml"))
    assert settings.path == tmp_path / "callcenter.toml"
    assert settings.warehouse.path.is_absolute()
    assert settings.pbxs[0].queue_log == (f"{tmp_path}/logs/queue_log*",)


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "callcenter.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load_settings(path).companies[0].id == "acme"


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


def test_a_thing_may_change_hands_on_a_day(load: Load) -> None:
    acme, globex = "{name = 'x', until = 2026-01-01}", "{name = 'x', from = 2026-01-01}"
    assert load(f"{SMALLEST}dids = [{acme}]\n{GLOBEX}dids = [{globex}]\nqueues = ['x']")


def test_a_long_owner_is_remembered_behind_a_short_one(faults: Faults) -> None:
    long = "{name = 'x', from = 2026-01-01, until = 2027-01-01}"
    short = "{name = 'x', from = 2026-02-01, until = 2026-03-01}, {name = 'x', from = 2026-04-01}"
    assert len(faults(f"{SMALLEST}dids = [{long}]\n{GLOBEX}dids = [{short}]")) == 2


# Where it is looked for


def test_the_option_comes_before_the_variable_and_the_variable_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("callcenter.toml", "variable.toml", "option.toml"):
        Path(name).touch()
    assert find_settings(None) == Path("callcenter.toml")
    monkeypatch.setenv("CALLCENTER_CONFIG", "variable.toml")
    assert find_settings(None) == Path("variable.toml")
    assert find_settings(Path("option.toml")) == Path("option.toml")


def test_without_a_file_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"callcenter\.toml: .*Copy callcenter\.example\.toml"):
        find_settings(None)
    with pytest.raises(SettingsError, match="Copy"):
        load_settings(tmp_path / "gone.toml")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path)


# The example and the documentation


def test_the_example_is_the_bundled_recording() -> None:
    settings = load_settings(EXAMPLE)
    assert [company.id for company in settings.companies] == ["acme", "globex", "initech"]
    assert [operator.login for operator in settings.operators] == ["alice", "bob", "carol", "dave"]
    for pattern in settings.pbxs[0].queue_log + settings.pbxs[0].cdr_csv:
        assert glob.glob(pattern)  # noqa: PTH207 -- as the loader does


def test_each_line_commented_out_in_the_example_may_be_used(tmp_path: Path) -> None:
    optional = re.compile(r"^# (?=[a-z_]+ = |\[)", re.MULTILINE)
    text = EXAMPLE.read_text().replace('\nqueues = ["acme-support", "acme-overflow"]', "", 1)
    text = text.replace("\nservice_level_seconds = 20 ", "\n# ", 1)
    path = tmp_path / "callcenter.toml"
    path.write_text(optional.sub("", text))
    settings = load_settings(path)
    assert settings.warehouse.threads == 2
    assert settings.companies[0].queues[1].valid_until == date(2026, 6, 1)


@pytest.mark.parametrize("table", KEYS)
def test_every_key_is_in_the_example_and_in_the_documentation(table: str) -> None:
    example = EXAMPLE.read_text()
    documentation = (REPOSITORY / "docs/settings.md").read_text()
    for key in KEYS[table]:
        assert re.search(rf"(?m)^(# )?{key} = |\[\[?{key}\]|[{{,] {key} = ", example), key
        assert re.search(rf"`\[*{key}\]*`", documentation), key


def test_every_cdr_column_is_documented() -> None:
    documentation = (REPOSITORY / "docs/settings.md").read_text()
    assert [name for name in CDR_COLUMNS if f"`{name}`" not in documentation] == []


# The number key


def test_a_key_is_made_once_and_for_its_owner_alone(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    key = number_key(settings)
    made = tmp_path / "data/number.key"
    assert len(key) == 64
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert number_key(settings) == key
    assert [path.name for path in made.parent.iterdir()] == ["number.key"]


def test_all_who_make_a_key_at_once_get_the_same(load: Load) -> None:
    settings = load(SMALLEST)
    keys: list[bytes] = []
    makers = [threading.Thread(target=lambda: keys.append(number_key(settings))) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_the_variable_comes_first_then_the_variables_file_then_the_settings_file(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.key").write_text("from the settings\n")
    (tmp_path / "variable.key").write_text("from the variable's file\n")
    settings = load(WAREHOUSE + 'number_key_file = "settings.key"\n' + PBX + ACME)
    assert number_key(settings) == b"from the settings"
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY_FILE", str(tmp_path / "variable.key"))
    assert number_key(settings) == b"from the variable's file"
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "the variable's own text")
    assert number_key(settings) == b"the variable's own text"
    assert not (tmp_path / "data").exists()


def test_a_short_key_is_refused_and_not_shown(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_NUMBER_KEY", "hunter2        ")
    with pytest.raises(SettingsError, match="too short") as caught:
        number_key(load(SMALLEST))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"), [(None, "cannot be read"), ("x" * 5000, "larger"), ("", "too short")]
)
def test_a_named_key_file_is_never_made(load: Load, tmp_path: Path, content: str | None, fault: str) -> None:
    if content is not None:
        (tmp_path / "my.key").write_text(content)
    with pytest.raises(SettingsError, match=fault):
        number_key(load(WAREHOUSE + 'number_key_file = "my.key"\n' + PBX + ACME))
    assert (tmp_path / "my.key").exists() == (content is not None)


def test_where_no_key_can_be_made_the_message_says_so(load: Load, tmp_path: Path) -> None:
    settings = load(SMALLEST)
    (tmp_path / "data").touch()
    with pytest.raises(SettingsError, match=r"number\.key"):
        number_key(settings)


def test_callbacks_are_as_written_and_have_defaults(load: Load) -> None:
    written = (
        'callbacks = { retry_minutes = [5, 30], hours = ["mon-fri 09:00-18:00", "sun 10:00-24:00"], '
        'holidays = [2027-01-01], vip_file = "vips" }'
    )
    settings = load(SMALLEST.replace('id = "acme"', f'id = "acme"\n{written}'))
    found = settings.companies[0].callbacks
    assert (found.retry_minutes, found.most_attempts, found.holidays) == ((5, 30), 4, (date(2027, 1, 1),))
    assert [(each.days, str(each.begin), each.until and str(each.until)) for each in found.hours] == [
        ((0, 1, 2, 3, 4), "09:00:00", "18:00:00"),
        ((6,), "10:00:00", None),
    ]
    assert found.vip_file == settings.path.parent / "vips"


@pytest.mark.parametrize(
    "wrong",
    [
        *('hours = ["mon-fri 9-18"]', 'hours = ["fri-mon 09:00-18:00"]', 'hours = ["mon 18:00-09:00"]'),
        *(
            "hours = []",
            "retry_minutes = []",
            "retry_minutes = [0]",
            'caller_id = "Acme"',
            "most_attempts = 0",
        ),
    ],
)
def test_callbacks_that_make_no_sense_are_refused(faults: Faults, wrong: str) -> None:
    (fault,) = faults(SMALLEST.replace('id = "acme"', f'id = "acme"\ncallbacks = {{ {wrong} }}'))
    assert f": company[0].callbacks.{wrong.partition(' ')[0]}" in fault
