"""The callcenter.toml that fits the generated logs."""

from tests.generator import world
from tests.generator.world import COMPANIES, World

HEAD = """\
# Made by tests/generator.
[warehouse]
path = "data/warehouse.duckdb"
published = "data/callcenter.duckdb"

[[pbx]]
name = "{pbx}"
queue_log = ["queue_log*"]
cdr_csv = ["Master.csv*"]
cdr_timezone = "UTC"
trunks = ["PJSIP/trunk"]
"""


def settings_text(people: World) -> str:
    companies = [_company(number) for number in range(len(COMPANIES))]
    operators = [_operator(each) for each in people.operators]
    return "\n".join([HEAD.format(pbx=world.PBX), *companies, *operators])


def _company(number: int) -> str:
    company = COMPANIES[number]
    lines = [
        "[[company]]",
        f'id = "{company.id}"',
        f'name = "{company.name}"',
        f'timezone = "{company.timezone}"',
        f'country = "{company.country}"' if company.country else None,
        f"dids = {_texts(world.dids(number))}",
        f"queues = {_texts(company.queues)}",
        f"account_codes = {_texts([world.account(number)])}" if company.country else None,
        "service_level_seconds = 20",
        "short_abandon_seconds = 5",
    ]
    return "\n".join(line for line in lines if line is not None) + "\n"


def _operator(operator: world.Operator) -> str:
    lines = [
        "[[operator]]",
        f'login = "op{operator.extension}"',
        f'name = "{operator.member}"',
        f"companies = {_texts([COMPANIES[operator.company].id])}",
        f'interface = "PJSIP/{operator.extension}"',
        f'member = "{operator.member}"',
    ]
    return "\n".join(lines) + "\n"


def _texts(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
