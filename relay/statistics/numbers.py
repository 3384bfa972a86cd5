"""Numbers as people of a language read them; unknown ones are a dash. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from reports.rounding import decimal_text, percent_text, rounded

DASH: Final = "\N{EM DASH}"
MINUS: Final = "\N{MINUS SIGN}"
THIN: Final = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """`group` stands between thousands, `point` before decimals."""

    group: str
    point: str
    date_format: str
    short_date_format: str
    points: str  # percentage points

    def count(self, value: int | None) -> str:
        return DASH if value is None else self._written(f"{value:,}")

    def decimal(self, value: float | None, digits: int = 2) -> str:
        return DASH if value is None else self._written(decimal_text(value, digits))

    def percent(self, value: float | None, digits: int = 1) -> str:
        """Of a ratio."""
        return DASH if value is None else self._written(percent_text(value, digits)) + f"{THIN}%"

    def duration(self, seconds: float | None) -> str:
        """h:mm:ss, or m:ss below an hour."""
        if seconds is None:
            return DASH
        hours, rest = divmod(int(rounded(seconds, 0)), 3600)
        return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"

    def day(self, on: date) -> str:
        return on.strftime(self.date_format)

    def short_day(self, on: date) -> str:
        return on.strftime(self.short_date_format)

    def signed(self, text: str, value: float) -> str:
        """`text` is the value's without its sign."""
        return ("+" if value > 0 else MINUS if value < 0 else "±") + text

    def _written(self, text: str) -> str:
        return text.translate({ord(","): self.group, ord("."): self.point, ord("-"): MINUS})


NUMBERS: Final[dict[str, Numbers]] = {
    "en": Numbers(",", ".", "%Y-%m-%d", "%m-%d", "pp"),
    "ru": Numbers(THIN, ",", "%d.%m.%Y", "%d.%m", "п. п."),
}
