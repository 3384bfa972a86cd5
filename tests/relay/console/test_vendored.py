"""What is shipped of others is what they released, with their licence."""

from __future__ import annotations

import hashlib
import re

from relay.console.rendering import FOLDER, static_files
from tests.repo.repository import ROOT

# Of package/dist/chart.umd.min.js in npm's chart.js 4.5.1.
CHART_SHA256 = "48444a82d4edcb5bec0f1965faacdde18d9c17db3063d042abada2f705c9f54a"


def test_the_charts_library_is_as_it_was_released() -> None:
    content = static_files()["chart-4.5.1.min.js"].content
    assert hashlib.sha256(content).hexdigest() == CHART_SHA256
    assert b"Chart.js v4.5.1" in content[:100]
    licence = (FOLDER / "licences" / "chart-4.5.1.md").read_text("utf-8")
    assert licence.startswith("The MIT License (MIT)")
    assert "chart-4.5.1.md" in (ROOT / "docs/statistics-page.md").read_text("utf-8")


def test_our_own_scripts_load_nothing_and_have_no_address_of_elsewhere() -> None:
    for name in ("console.js", "statistics.js"):
        text = static_files()[name].content.decode()
        assert not re.search(r"https?://|import\s*\(|eval\(|innerHTML\s*=", text), name
