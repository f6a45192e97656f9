"""Who asks, and whether they may: API keys compared in constant time, and how often one caller has asked lately."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from ..config import RateConfig
from ..errors import RequestError
from .refusals import TOO_OFTEN, UNKNOWN_CALLER, Refusal

VARIABLE = "ANOMALY_API_KEYS"
_BEARER = b"bearer "


def keys_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Read the API keys that the environment holds, separated by commas; none where nobody needs one."""
    return tuple(key.strip() for key in environment.get(VARIABLE, "").split(",") if key.strip())


class Keys:
    """The keys that are valid.

    Parameters
    ----------
    keys : as people know them; only their hashes are kept.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._hashes = [sha256(key.encode()).digest() for key in keys]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def caller(self, headers: Mapping[bytes, bytes]) -> str:
        """Name who asks by a key in ``X-API-Key`` or ``Authorization: Bearer``; the name tells nothing of the key.

        All keys are compared, whole, however early one fits.

        Raises
        ------
        Refusal
            401, if the key is unknown or there is none.
        """
        given = sha256(_given(headers)).digest()
        fits = [hmac.compare_digest(given, known) for known in self._hashes]
        if not any(fits):
            sent = b"x-api-key" in headers or b"authorization" in headers
            raise Refusal(
                UNKNOWN_CALLER,
                RequestError(
                    "this service answers only who has an API key",
                    found="a key that is not known" if sent else "no key",
                    expected="the header X-API-Key, or Authorization: Bearer",
                    remedy=f"ask who runs the service for one of the keys in {VARIABLE}",
                ),
            )
        return f"key {fits.index(True) + 1}"


def _given(headers: Mapping[bytes, bytes]) -> bytes:
    bearer = headers.get(b"authorization", b"")
    return headers.get(b"x-api-key") or (bearer[len(_BEARER) :].strip() if bearer.lower().startswith(_BEARER) else b"")


class Rates:
    """How often callers may ask: each has a bucket of ``burst`` requests that fills by ``per_second``.

    Parameters
    ----------
    clock : gives seconds that never go back.
    """

    def __init__(self, config: RateConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self.config, self._clock = config, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was

    def take(self, caller: str) -> None:
        """Take a request out of a caller's bucket.

        Raises
        ------
        Refusal
            429, if it is empty; it tells when it no longer is.
        """
        now = self._clock()
        left, then = self._buckets.pop(caller, (float(self.config.burst), now))
        left = min(self.config.burst, left + (now - then) * self.config.per_second)
        self._buckets[caller] = (max(left - 1, 0.0) if left >= 1 else left, now)
        while len(self._buckets) > self.config.callers:
            self._buckets.popitem(last=False)
        if left < 1:
            seconds = -(-(1 - left) // self.config.per_second)
            raise Refusal(
                TOO_OFTEN,
                RequestError(
                    "too many requests",
                    expected=f"{self.config.per_second:g} a second, and {self.config.burst} at once",
                    remedy="ask again after Retry-After seconds, or send many windows to /detect/batch",
                ),
                after=max(1, int(seconds)),
            )
