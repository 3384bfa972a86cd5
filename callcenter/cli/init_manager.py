"""Asterisk's manager interface, for `callcenter init`: who logs in there, and what it tells."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.cli.front import CommandError
from callcenter.cli.init_asking import Flags, Questions
from callcenter.first_day.findings import ManagerSeen
from callcenter.first_day.proposal import Manager
from callcenter.secret import read_secret, variable_of
from callcenter.settings import Pbx

USUAL_ADDRESS = "127.0.0.1:5038"


@dataclass(frozen=True, slots=True)
class ManagerLogin:
    """`file` None: the secret is in the environment, or was typed and will be written to a file of ours."""

    pbx: str
    address: str
    user: str
    secret: str = field(repr=False)
    file: Path | None
    is_typed: bool
    tls: bool
    ca_file: Path | None

    def proposed(self) -> Manager:
        file = (
            f"secrets/ami-{self.pbx}" if self.is_typed else str(self.file.absolute()) if self.file else None
        )
        return Manager(
            self.address,
            self.user,
            file,
            tls=self.tls,
            ca_file=str(self.ca_file.absolute()) if self.ca_file else None,
        )


def manager_login(flags: Flags, questions: Questions, pbx: str, *, is_likely: bool) -> ManagerLogin | None:
    """None where the PBX is not to be asked. CommandError where its secret is missing or open to others."""
    prompt = "Asterisk's manager interface, host:port (empty: do not ask it)"
    address = flags.ami or questions.text(
        prompt, USUAL_ADDRESS if is_likely and questions.is_asking else "", _address_fault, may_be_empty=True
    )
    if not address or address == "-":
        return None
    if fault := _address_fault(address):
        raise CommandError(f"--ami {address}: {fault}")
    user = questions.text("Its user", flags.ami_user) if not flags.ami else flags.ami_user
    secret, is_typed = _secret(flags, questions, pbx, user)
    file = None if is_typed else _file_of(flags, pbx)
    return ManagerLogin(pbx, address, user, secret, file, is_typed, flags.ami_tls, flags.ami_ca_file)


def ask_manager(login: ManagerLogin) -> ManagerSeen:
    """CommandError says why it does not let us in, and what to do."""
    from relay.ami.inventory import take_inventory  # noqa: PLC0415 - a second of imports that no other command needs
    from relay.ami.login import AmiAddress  # noqa: PLC0415 - as above
    from relay.doctor.asterisk import look_at_asterisk  # noqa: PLC0415 - as above
    from relay.errors import RelayError  # noqa: PLC0415 - as above
    from relay.parts import ami_tls  # noqa: PLC0415 - as above
    from relay.words import PbxName  # noqa: PLC0415 - as above

    host, _, port = login.address.rpartition(":")
    of_settings = Pbx(login.pbx, (), (), (), ami=login.address, ami_tls=login.tls, ami_ca_file=login.ca_file)
    tls = ami_tls(of_settings)
    address = AmiAddress(PbxName(login.pbx), host, int(port), login.user, login.secret, tls)
    try:
        return asyncio.run(take_inventory(address))
    except (RelayError, OSError, TimeoutError):
        found = asyncio.run(look_at_asterisk(address, 0))
    raise CommandError(
        f"{found[0].part}: {found[0].text}: {found[0].advice}. Without --ami, files alone are read"
    )


def _secret(flags: Flags, questions: Questions, pbx: str, user: str) -> tuple[str, bool]:
    """The secret, and whether it was typed."""
    variable = variable_of("ami secret", pbx)
    is_given = flags.ami_secret_file or os.environ.get(variable) or os.environ.get(f"{variable}_FILE")
    if not is_given and questions.is_asking and (typed := questions.secret(f"The secret of {user}")):
        return typed, True
    return read_secret(variable, flags.ami_secret_file, "--ami-secret-file"), False


def refuse_open(file: Path) -> None:
    """CommandError where others may read a file with a secret."""
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise CommandError(f"{file}: open to others: chmod 600, and let the user who runs this own it")


def _file_of(flags: Flags, pbx: str) -> Path | None:
    """The one that was named, unless the variable goes before it."""
    if flags.ami_secret_file and not os.environ.get(variable_of("ami secret", pbx)):
        refuse_open(flags.ami_secret_file)
    return flags.ami_secret_file


def _address_fault(text: str) -> str:
    host, _, port = text.rpartition(":")
    is_right = not text or text == "-" or (host and port.isdecimal() and 0 < int(port) <= 65_535)
    return "" if is_right else f"must be host:port, such as {USUAL_ADDRESS}"
