"""`callcenter relay`: serve the real-time half until it is stopped."""

from __future__ import annotations

import asyncio
import sys

from callcenter.cli.options import ConfigOption, settings_of
from callcenter.settings import SettingsError


def relay(config: ConfigOption = None) -> None:
    """Serve the relay: pop-ups and tickets while the phone rings. Ctrl-C ends it."""
    from relay.errors import RelayError  # noqa: PLC0415 - as below
    from relay.logs import configure_logs  # noqa: PLC0415 - a second of imports that no other command needs
    from relay.serve import serve  # noqa: PLC0415 - as above

    try:
        settings = settings_of(config)
        configure_logs(settings.relay.log if settings.relay else None)
        asyncio.run(serve(settings, _say))
    except (SettingsError, RelayError, OSError) as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(1) from None


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
