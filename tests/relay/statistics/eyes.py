"""Colours as people see them, also those who see no red or no green.

Matrices: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
severity 1.0, of linear RGB. L*a*b* of D65: distances below about 10 are hard to tell on a chart.
"""

from __future__ import annotations

from typing import Final, Literal

Sight = Literal["usual", "no red", "no green"]
Triple = tuple[float, float, float]
SIGHTS: Final[dict[Sight, tuple[Triple, Triple, Triple]]] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
_TO_XYZ: Final = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0178, 0.1095, 0.8727))  # over white


def lab(colour: str, sight: Sight = "usual") -> Triple:
    """`colour` as #rrggbb."""
    linear = _applied(SIGHTS[sight], tuple(_linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5)))
    x, y, z = (_curve(min(max(each, 0), 1)) for each in _applied(_TO_XYZ, linear))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _applied(matrix: tuple[Triple, Triple, Triple], of: tuple[float, ...]) -> Triple:
    x, y, z = (sum(factor * each for factor, each in zip(row, of, strict=True)) for row in matrix)
    return x, y, z


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _curve(share: float) -> float:
    return float(share ** (1 / 3)) if share > 0.008856 else 7.787 * share + 16 / 116
