"""Whether a PyOTRS client may still send: what nobody waits for any more must not begin."""

from __future__ import annotations

import threading

import requests
from requests.auth import AuthBase

from relay.errors import TryAgain

LOGIN = "/Session"


class Gate(AuthBase):
    """Requests calls it before each request it sends, in the client's thread; the loop shuts it, for good.

    Given as a client's `auth`, it also keeps requests from looking into ~/.netrc.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._is_shut = False
        self._is_sent = False

    def begin(self) -> None:
        """A call begins, or begins anew: nothing of it was sent."""
        with self._turn:
            self._is_sent = False

    def shut(self) -> bool:
        """Whether the call that is under way had sent anything but a login."""
        with self._turn:
            self._is_shut = True
            return self._is_sent

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self._turn:
            if self._is_shut:
                raise TryAgain("otrs:given_up")
            self._is_sent = self._is_sent or not str(request.path_url).endswith(LOGIN)
        return request
