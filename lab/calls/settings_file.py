"""callcenter.toml beside the logs of a run: `callcenter load --config FOLDER/callcenter.toml` just works."""

from __future__ import annotations

from lab.asterisk.companies import COMPANIES
from lab.asterisk.place import Place

_LINKEDID_COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
    *("linkedid", "sequence", "peeraccount"),
)
_OWN_LINES = {
    "initech": ["5553000", "5553010", "5553700"],
    "globex": ["5552000", "5552103", "5552104", "5552121"],
}
_LIKE_ACME = ("000", "020", "300", "700", "800", "810", "811", "900", "910", "911")


def settings_text(place: Place, *, seed: int) -> str:
    cdr = "linkedid.csv" if place.has_cdr_linkedid else "Master.csv"
    lines = [
        f"# The lab's call centre, seed {seed}. Paths are relative to this folder.",
        *("[warehouse]", 'path = "data/warehouse.duckdb"', 'published = "data/callcenter.duckdb"', ""),
        *("[[pbx]]", 'name = "lab"', 'queue_log = ["queue_log*"]', f'cdr_csv = ["{cdr}*"]'),
        *('cdr_timezone = "UTC"', 'trunks = ["PJSIP/trunk"]'),
    ]
    if place.has_cdr_linkedid:
        lines.append(f"cdr_custom = {_list(_LINKEDID_COLUMNS)}")
    for company in COMPANIES:
        phones = (company.prefix + operator.extension for operator in company.operators)
        dids = _OWN_LINES.get(company.id) or [*(company.prefix + rest for rest in _LIKE_ACME), *phones]
        lines += ["", "[[company]]", f'id = "{company.id}"', f'name = "{company.id.title()}"']
        lines += ['timezone = "Europe/Moscow"', 'country = "RU"', f"dids = {_list(dids)}"]
        lines += [f"queues = {_list(company.queues)}", f"account_codes = {_list([company.id])}"]
    for company in COMPANIES:
        for operator in company.operators:
            lines += ["", "[[operator]]", f'login = "{operator.login}"', f'name = "{operator.name}"']
            lines += [f"companies = {_list([company.id])}", f'interface = "{operator.interface}"']
            lines.append(f'member = "{operator.name}"')
    return "\n".join(lines) + "\n"


def _list(values: tuple[str, ...] | list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
