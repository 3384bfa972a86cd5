"""Test data of any size, seeded, with its true figures: logs as a real Asterisk writes them."""

from tests.generator.build import append_tail, generate
from tests.generator.truth import Truth

__all__ = ["Truth", "append_tail", "generate"]
