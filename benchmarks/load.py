"""64 connections ask for a minute while versions are promoted and PostgreSQL goes away: who is refused, what is lost.

    python benchmarks/load.py [--connections 64] [--seconds 60] [--promotions 12]

A real ``anomaly-assets serve`` by release packages, its events in a PostgreSQL database of their own behind a road that
is shut for the middle third. Every answer must be that of the version it names, to the bit. Every answer above the
threshold must be a row of anomaly_events in the end, and nothing else may be one. Exits with 1 if not.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from anomaly_assets.events import EventStore, Recorder
from anomaly_assets_tests.events.proxy import Proxy
from anomaly_assets_tests.services import fresh_database
from anomaly_assets_tests.serving.ponds import PATIENCE, example, made, serving
from anomaly_assets_tests.serving.storm import Told, delivered, raise_storm


def main() -> None:
    """Print what was answered and what was kept."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder, fresh_database() as database:
        root = Path(folder)
        plant = made(root / "plant")
        parts = urlsplit(database)
        road = Proxy((str(parts.hostname), parts.port or 5432))
        by_road = parts._replace(netloc=f"{parts.username}@127.0.0.1:{road.port}").geturl()
        EventStore(database).migrate()
        with serving(plant, root / "log", ANOMALY_EVENTS_URL=by_road, LOG_LEVEL="WARNING") as (process, client):
            url, began = str(client.base_url), time.monotonic()
            storm = raise_storm(
                plant,
                example(plant),
                url,
                road,
                connections=options.connections,
                promotions=options.promotions,
                seconds=options.seconds,
            )
            seconds = time.monotonic() - began
            process.terminate()
            ended = process.wait(PATIENCE)
        with Recorder(database, plant.platform.events_queue) as rest:
            left = rest.waiting
            rest.flush(PATIENCE)
        sys.exit(tell(storm, delivered(database), seconds, ended, left))


def tell(storm: Told, kept: set, seconds: float, ended: int, left: int) -> int:
    """Print the figures; gives 1 where a claim does not hold."""
    shares = [1000 * share for share in quantiles(storm.seconds, n=1000)]
    print(f"{storm.answers:,} answers in {seconds:.0f} s, {storm.answers / seconds:,.0f} a second")
    print(f"latency p50 {shares[499]:.0f} ms, p99 {shares[989]:.0f} ms, p99.9 {shares[998]:.0f} ms")
    print("by version   " + ", ".join(f"{name} {count:,}" for name, count in sorted(storm.versions.items())))
    print(f"failed       {sum(storm.failed.values())} {dict(storm.failed) or ''}")
    print(f"wrong        {len(storm.wrong)}")
    print(f"alarms told  {len(storm.alarms):,}; rows in anomaly_events {len(kept):,}")
    print(f"lost         {len(storm.alarms - kept)}; kept without an answer {len(kept - storm.alarms)}")
    print(f"exit code {ended}; {left} events were left in the queue at the end")
    return int(bool(storm.failed or storm.wrong or kept != storm.alarms or ended))


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--promotions", type=int, default=12)
    return parser.parse_args()


if __name__ == "__main__":
    main()
