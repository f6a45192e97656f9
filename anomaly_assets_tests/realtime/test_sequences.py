"""Numbers of messages: what is missing is counted exactly, whatever the order, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.realtime.payloads import Reading
from anomaly_assets.realtime.sequences import Arrival, Sequence


def reading(seq: int, time: int | None = None) -> Reading:
    return Reading("7", "x/7", seq * 10 if time is None else time, seq, b"")


def hear(sequence: Sequence, *numbers: int) -> list[Arrival]:
    return [sequence.arrives(reading(number))[0] for number in numbers]


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Numbers that arrive at all, and the order and the times in which they do."""
    sent = draw(st.sets(st.integers(0, 60), min_size=1))
    again = draw(st.lists(st.sampled_from(sorted(sent)), max_size=20))
    return sorted(sent), draw(st.permutations([*sent, *again]))


@given(journeys())
def test_what_is_missing_is_what_never_came(journey: tuple[list[int], list[int]]) -> None:
    sent, came = journey
    sequence, missing, filled, again = Sequence(kept=1000), 0, 0, 0
    for number in came:
        arrival, skipped = sequence.arrives(reading(number))
        missing += skipped
        filled += arrival is Arrival.FILLS
        again += arrival is Arrival.AGAIN
    assert missing - filled == sent[-1] - sent[0] + 1 - len(sent)
    assert again == len(came) - len(sent)


def test_a_device_that_counts_anew_loses_nothing() -> None:
    sequence = Sequence(kept=10)
    assert hear(sequence, 5, 6, 9) == [Arrival.NEW] * 3
    assert sequence.arrives(reading(0, time=1000)) == (Arrival.RESTARTED, 0)
    assert sequence.arrives(reading(1, time=1010)) == (Arrival.NEW, 0)
    assert sequence.arrives(reading(9)) == (Arrival.AGAIN, 0), "of before the restart"
    assert sequence.arrives(reading(2, time=1020)) == (Arrival.NEW, 0)


def test_readings_of_one_message_share_its_number() -> None:
    sequence = Sequence(kept=10)
    told = [sequence.arrives(reading(3, time=time)) for time in (30, 31, 32)]
    assert told == [(Arrival.NEW, 0)] * 3
    assert sequence.arrives(reading(4)) == (Arrival.NEW, 0)


def test_only_so_many_stretches_are_remembered() -> None:
    sequence = Sequence(kept=2)
    hear(sequence, 0, 2, 4, 6)
    assert sequence.missing == [[3, 3], [5, 5]]
    assert hear(sequence, 1, 5) == [Arrival.AGAIN, Arrival.FILLS]


def test_what_is_remembered_goes_on_as_it_was() -> None:
    sequence = Sequence(kept=10)
    hear(sequence, 0, 1, 7)
    again = Sequence.remembered(10, sequence.row())
    assert again == sequence
    assert hear(again, 3) == [Arrival.FILLS]
    assert sequence.missing == [[2, 6]], "a copy goes its own way"
