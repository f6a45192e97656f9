"""Who may ask, and how often."""

import itertools

import pytest

from anomaly_assets.config import RateConfig
from anomaly_assets.serving.callers import Keys, Rates, keys_of
from anomaly_assets.serving.refusals import Refusal

KEYS = Keys(["first-key", "second-key"])


def test_keys_stand_in_the_environment_separated_by_commas() -> None:
    assert keys_of({"ANOMALY_API_KEYS": " one ,two,, "}) == ("one", "two")
    assert not Keys(keys_of({"ANOMALY_API_KEYS": ""})) and not Keys(keys_of({})) and Keys(["a"])


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ({b"x-api-key": b"first-key"}, "key 1"),
        ({b"x-api-key": b"second-key"}, "key 2"),
        ({b"authorization": b"Bearer second-key"}, "key 2"),
        ({b"authorization": b"bearer  second-key"}, "key 2"),
    ],
)
def test_a_known_key_names_the_caller_without_telling_the_key(headers: dict[bytes, bytes], caller: str) -> None:
    assert KEYS.caller(headers) == caller


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"x-api-key": b""},
        {b"x-api-key": b"first-ke"},
        {b"x-api-key": b"first-key "},
        {b"x-api-key": b"\xff\x00"},
        {b"authorization": b"first-key"},
        {b"authorization": b"Basic first-key"},
        {b"authorization": b"Bearer"},
    ],
)
def test_any_other_key_is_refused_without_being_repeated(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(Refusal) as refused:
        KEYS.caller(headers)
    assert refused.value.status == 401 and "WWW-Authenticate" in refused.value.headers
    assert "first-ke" not in str(refused.value.told)


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    clock = [0.0]
    rates = Rates(RateConfig(per_second=0.5, burst=3), lambda: clock[0])
    for _ in range(3):
        rates.take("one")
    with pytest.raises(Refusal) as refused:
        rates.take("one")
    assert refused.value.status == 429 and refused.value.headers["Retry-After"] == "2"
    rates.take("another")
    clock[0] = 1.9
    with pytest.raises(Refusal):
        rates.take("one")
    clock[0] = 2.0
    rates.take("one")


def test_in_the_long_run_as_many_are_let_through_as_was_said() -> None:
    moments = itertools.count()
    rates = Rates(RateConfig(per_second=10, burst=5), lambda: next(moments) / 100)
    through = 0
    for _ in range(10_000):
        try:
            rates.take("one")
            through += 1
        except Refusal:
            pass
    assert 1000 <= through <= 1006


def test_callers_without_number_are_not_remembered_without_end() -> None:
    rates = Rates(RateConfig(per_second=1, burst=1, callers=10))
    for number in range(1000):
        rates.take(str(number))
    assert len(rates._buckets) == 10
