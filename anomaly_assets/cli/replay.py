"""``anomaly-assets replay``: a fleet's recording played again, to a broker or to a server, as if it happened now."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..config import BrokerConfig, FleetConfig, Platform, credentials, load_broker, platform
from .console import facts, out, progress
from .dates import From, To, day_of

if TYPE_CHECKING:
    from ..ingest import Source
    from ..realtime.replaying import Answers, Pace, Played, Recording, Trouble

AS_FAST_AS_POSSIBLE = "max"
PUBLISHING, POSTING = "publishing", "posting"


def _speed(text: str | float | None) -> float | None:
    if text is None or text == AS_FAST_AS_POSSIBLE:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise typer.BadParameter("a number above 0 is needed, such as 60 for a minute in a second; or max")
    return speed


Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of a file in configs/fleets.")]
Speed = Annotated[
    str, typer.Option(metavar="X", help="So many times as fast as it was recorded; max for as fast as it is taken.")
]
Over = Annotated[Literal["mqtt", "http"], typer.Option(help="To a broker, or window by window to POST /detect.")]
Raw = Annotated[Path | None, typer.Option(metavar="DIR", help="Another raw folder than the installation's.")]
Unit = Annotated[list[str] | None, typer.Option(metavar="UNIT", help="Only this unit. Repeatable.")]
Host = Annotated[
    str | None, typer.Option(metavar="NAME", help="Where the broker is; else as configs/realtime.yaml says.")
]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="The broker's port.")]
Url = Annotated[str, typer.Option(help="Where the server is, for --over http.")]
Duplicates = Annotated[float, typer.Option(min=0, max=1, help="Share of messages that are sent a second time.")]
Lose = Annotated[float, typer.Option(min=0, max=1, help="Share of messages that are never sent.")]
Shuffle = Annotated[int, typer.Option(min=0, metavar="N", help="Messages come up to so many places late.")]
Seed = Annotated[int, typer.Option(help="Of every random choice.")]


def replay(  # noqa: PLR0917 - typer takes options as parameters
    fleet: Fleet,
    speed: Speed = "60",
    over: Over = "mqtt",
    first: From = None,
    last: To = None,
    raw: Raw = None,
    unit: Unit = None,
    host: Host = None,
    port: Port = None,
    url: Url = "http://127.0.0.1:8000",
    duplicates: Duplicates = 0.0,
    lose: Lose = 0.0,
    shuffle: Shuffle = 0,
    seed: Seed = 0,
) -> None:
    """Play a fleet's recording again, in order of time: to a broker as devices publish it, or to a server.

    Messages carry the recorded times and a number for each topic. A listener that has heard a recording knows it: what
    comes again is a duplicate, or late, unless it was started with --afresh. Ctrl-C ends the replay.

    Exit codes: 0 played, 2 a mistake to mend.

    Examples:

      anomaly-assets replay aquaculture --speed 600

      anomaly-assets replay aquaculture --speed max --duplicates 0.01 --lose 0.001 --shuffle 5

      anomaly-assets replay turbofan --speed max --over http --from 2024-03-01
    """
    from ..pipelines import Site
    from ..realtime.replaying import Pace, Recording, Trouble

    site, pace = Site(platform()), Pace(_speed(speed))
    config = site.fleet(fleet)
    said = {"host": host, "port": port}
    broker = load_broker(site.platform.configs).model_copy(update={name: told for name, told in said.items() if told})
    trouble = Trouble(duplicates=duplicates, lost=lose, shuffle=shuffle, seed=seed)
    with TemporaryDirectory(prefix="replay-") as scratch:
        source = _source(site.platform, config, raw, Path(scratch))
        recording = Recording.of(config, source, day_of(first), day_of(last), units=tuple(unit or ()))
        if over == "http":
            _over_http(recording, url, pace)
        else:
            _over_mqtt(recording, broker, pace, trouble)


def _source(installation: Platform, fleet: FleetConfig, raw: Path | None, scratch: Path) -> "Source":
    """Open the raw files: those that the installation has staged, or a folder that it need not know."""
    from ..features import condense
    from ..ingest import Source
    from ..pipelines import Site

    source = Site(installation).source(fleet)
    if raw is not None:
        source = Source(fleet, raw.expanduser().resolve(), scratch, condense)
    if not source.files:
        with progress() as told:
            source.refresh(told)
    return source


def _over_mqtt(recording: "Recording", broker: BrokerConfig, pace: "Pace", trouble: "Trouble") -> None:
    from ..realtime.replaying import play_over_mqtt, topics_of

    topics = topics_of(recording.fleet)
    with _ended() as ended, progress({PUBLISHING: "messages"}) as told:
        played = play_over_mqtt(
            recording, topics, broker, credentials(), pace=pace, trouble=trouble, progress=told, ended=ended
        )
    _tell_played(played)


def _over_http(recording: "Recording", url: str, pace: "Pace") -> None:
    from ..realtime.replaying import play_over_http

    with _ended() as ended, progress({POSTING: "readings"}) as told:
        answers = play_over_http(recording, url, pace, progress=told, ended=ended)
    _tell_answers(answers)


@contextmanager
def _ended() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM end the replay in order, not the program at once."""
    wanted = Event()
    before = {number: signal.signal(number, lambda *_: wanted.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wanted.is_set
    finally:
        for number, known in before.items():
            signal.signal(number, known)


def _tell_played(played: "Played") -> None:
    counts = played.counts
    rate = counts["sent"] / played.seconds if played.seconds else 0.0
    told: list[tuple[str, object]] = [
        ("published", f"{counts['sent']:,} messages in {played.seconds:,.1f} s ({rate:,.0f}/s)")
    ]
    told += [(name, counts[name]) for name in ("duplicated", "lost", "delayed") if counts[name]]
    out().print(facts(told), soft_wrap=True)


def _tell_answers(answers: "Answers") -> None:
    from ..realtime.replaying import quantile

    counts = answers.counts
    told: list[tuple[str, object]] = [("answers", f"{counts['answers']:,} in {answers.seconds:,.1f} s")]
    told += [("alarms", counts["alarms"])]
    told += [("models", ", ".join(f"{name} ({count:,})" for name, count in answers.versions.most_common()))]
    if answers.latencies:
        spread = {"half": 0.5, "95 %": 0.95, "99 %": 0.99, "all": 1.0}
        named = [f"{name} within {1000 * quantile(answers.latencies, share):.1f} ms" for name, share in spread.items()]
        told += [("latency", ", ".join(named))]
    if counts["refused"]:
        told += [("refused", f"{counts['refused']:,}, the first with {answers.first_refusal}")]
    out().print(facts(told), soft_wrap=True)
