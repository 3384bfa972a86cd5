"""The lab's Companies: those of the recording, and copies of acme, so that calls run side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ETC = Path(__file__).parent / "etc"


@dataclass(frozen=True)
class Operator:
    name: str
    extension: str

    @property
    def login(self) -> str:
        return self.name.lower()

    @property
    def interface(self) -> str:
        return f"PJSIP/{self.extension}"


@dataclass(frozen=True)
class Company:
    """`operators`: two of the first queue, and an expert in a queue of their own. DIDs begin with `prefix`."""

    id: str
    prefix: str
    queues: tuple[str, ...]
    operators: tuple[Operator, ...]
    is_copy: bool = False

    @property
    def is_like_acme(self) -> bool:
        """Whether it has acme's whole dial plan."""
        return self.is_copy or self.id == "acme"

    def dial_plan(self, part: str) -> str:
        """Acme's `part` of the dial plan or the queues, with this Company's names and numbers."""
        text = (ETC / "companies" / f"acme.{part}.conf").read_text("utf-8")
        names = {
            "acme": self.id,
            "5551": self.prefix,
            "612": f"6{self.prefix[-1]}2",
            "613": f"6{self.prefix[-1]}3",
        }
        for own, others in zip(self.operators, ACME.operators, strict=True):
            names |= {others.extension: own.extension, others.name: own.name}
        return re.sub("|".join(names), lambda match: names[match[0]], text)


def _operators(*named: tuple[str, str]) -> tuple[Operator, ...]:
    return tuple(Operator(name, extension) for name, extension in named)


def _copy(company: str, digit: int, *names: str) -> Company:
    queues = tuple(f"{company}-{queue}" for queue in ("support", "overflow", "experts"))
    extensions = (f"1{digit}{number}" for number in (1, 2, 3))
    return Company(
        company, f"555{digit}", queues, _operators(*zip(names, extensions, strict=True)), is_copy=True
    )


ACME = Company(
    "acme",
    "5551",
    ("acme-support", "acme-overflow", "acme-experts"),
    _operators(("Alice", "101"), ("Bob", "102"), ("Erin", "111")),
)
GLOBEX = Company(
    "globex",
    "5552",
    ("globex-sales", "globex-experts"),
    _operators(("Carol", "103"), ("Dave", "104"), ("Frank", "121")),
)
INITECH = Company("initech", "5553", ("initech-vip",), ())
COPIES = (
    _copy("hooli", 4, "Gwen", "Hugo", "Iris"),
    _copy("umbrella", 5, "Jack", "Kira", "Liam"),
    _copy("wayne", 6, "Mila", "Nina", "Oleg"),
    _copy("stark", 7, "Pete", "Rosa", "Sven"),
)
COMPANIES = (ACME, GLOBEX, INITECH, *COPIES)
