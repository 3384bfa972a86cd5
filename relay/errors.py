"""What can go wrong in the relay, as a tree; http/problems.py alone turns it into HTTP.

    RelayError
    ├── Refused                 the caller of our API is at fault; `status` and `title` say how
    │   ├── BadRequest          400
    │   ├── NotAuthenticated    401
    │   ├── NotAllowed          403
    │   ├── NotFound            404
    │   ├── TooSlow             408
    │   ├── Conflict            409
    │   └── TooManyRequests     429
    ├── Unavailable             503: a neighbour cannot be asked now; `retry_after` seconds
    │   ├── AsteriskUnavailable
    │   │   └── AnswerLost      it had been asked
    │   ├── NotPublished        there is no published file that can be read
    │   └── StatisticsBusy      too many ask for statistics, or these took too long
    ├── DeliveryFault           a delivery failed; `code` is a word for logs and dead letters, never a text of theirs
    │   ├── TryAgain            transport, 429, 5xx, Fail: the worker tries again
    │   ├── NotYet              it is too early, and nobody failed
    │   ├── OutcomeUnknown      as TryAgain, but the neighbour may have done it: look before doing it again
    │   ├── TooLate             what it was for is over: expired
    │   └── GiveUp              it will never be taken: dead letter
    ├── StoreInUse              another relay has the SQLite file
    ├── AgiFault                what came over FastAGI is not what Asterisk says
    ├── AgiHangup               the caller, or Asterisk, is gone
    └── AmiFault                the AMI session
        ├── LoginRefused
        ├── ActionTimedOut
        ├── ListTooLong         a list of Asterisk's, beyond the bounds: nothing of it may be used
        └── BadHeader           a value with CR or LF, which would be another action

No message of these holds a number, a token or a secret.
"""

from __future__ import annotations


class RelayError(Exception):
    pass


class Refused(RelayError):
    status = 400
    title = "Bad request"

    def __init__(self, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class BadRequest(Refused):
    pass


class NotAuthenticated(Refused):
    status = 401
    title = "Not authenticated"

    def __init__(self, scheme: str = "Bearer") -> None:
        super().__init__()
        self.scheme = scheme


class NotAllowed(Refused):
    status = 403
    title = "Not allowed"


class NotFound(Refused):
    status = 404
    title = "Not found"


class TooSlow(Refused):
    status = 408
    title = "Request timeout"


class Conflict(Refused):
    status = 409
    title = "Conflict"


class TooManyRequests(Refused):
    status = 429
    title = "Too many requests"


class Unavailable(RelayError):
    def __init__(self, detail: str, retry_after: float = 2.0) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class AsteriskUnavailable(Unavailable):
    pass


class AnswerLost(AsteriskUnavailable):
    pass


class NotPublished(Unavailable):
    pass


class StatisticsBusy(Unavailable):
    pass


class DeliveryFault(RelayError):
    """`was_answered`: the neighbour is there and said something, if not what it did."""

    def __init__(self, code: str, retry_after: float | None = None, *, was_answered: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.was_answered = was_answered


class TryAgain(DeliveryFault):
    pass


class NotYet(TryAgain):
    pass


class OutcomeUnknown(TryAgain):
    pass


class TooLate(DeliveryFault):
    pass


class GiveUp(DeliveryFault):
    pass


class StoreInUse(RelayError):
    pass


class AgiFault(RelayError):
    pass


class AgiHangup(RelayError):
    pass


class AmiFault(RelayError):
    pass


class LoginRefused(AmiFault):
    pass


class ActionTimedOut(AmiFault):
    pass


class ListTooLong(AmiFault):
    def __init__(self, action: str, items: int, size: int) -> None:
        super().__init__(f"{action} lists more than {items:,} items or {size >> 20:,} MiB")
        self.action = action


class BadHeader(AmiFault):
    pass


class WorkersGivenUp(RelayError):
    """A worker died too often: the process ends with a code that is not 0."""
