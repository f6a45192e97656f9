"""A listener under load and under fire: 100,000 messages over a real Mosquitto, everything scored exactly once.

    python benchmarks/mqtt.py [--messages 100000] [--every 5m] [--calm] [--hasty] [--engine bundle]

Four ponds at one reading a minute and their champion are made in a temporary folder; the champion is released, so that
onnxruntime scores. Their recording is then published as fast as the broker takes it, with duplicates, losses and
disorder made on purpose (seeded). Meanwhile the broker is stopped and started again, and the listener is killed
(SIGKILL) and started again. What must come of it is worked out from the messages alone: every window once with the
very score that one question about all readings gives, every lost message counted.

``--calm`` leaves out the mishaps, for plain throughput. ``--hasty`` is the control: a listener that acknowledges before
it writes down, which the same harness must catch losing readings.
"""

import argparse
import resource
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import yaml

from anomaly_assets.pipelines import release, releases_folder
from anomaly_assets.pipelines.live import open_live
from anomaly_assets.realtime.replaying import Trouble
from anomaly_assets_tests.realtime import ponds as rig
from anomaly_assets_tests.realtime.broker import Broker
from anomaly_assets_tests.realtime.ponds import Ponds, config
from anomaly_assets_tests.realtime.storm import KEYS, Storm, counted, journalled, missing_in, windows_of

UNITS, IDLE = 4, 5.0
TROUBLE = Trouble(duplicates=0.02, lost=0.001, shuffle=8, seed=7)
CALM = Trouble(seed=7)
HEARD = ("messages", "readings", "duplicates", "out_of_order", "late", "gaps", "missing", "filled", "windows")


def made(root: Path, messages: int, every: str) -> Ponds:
    """Ponds with enough days for so many messages, and a released champion."""
    days = max(14, -(-messages // (UNITS * 1440)))
    kept = {"sampling": "1m", "cleaning": {"impute_up_to": "10m", "stuck": {"longer_than": "3h"}}}
    windows = {"6h": {"length": "6h", "statistics": ["mean", "std"]}}
    features = {"every": every, "windows": windows, "lags": ["20m"]}
    realtime = rig.REALTIME | {"lateness": "5m"}
    ponds = Ponds.made(root, UNITS, days, **kept, features=features, realtime=realtime)
    release(ponds.site, ponds.fleet, "champion", releases_folder(ponds.site))
    return ponds


def judge(ponds: Ponds, storm: Storm, engine: str) -> bool:
    """Print what came of the storm beside what should have; returns whether they agree."""
    live = open_live(ponds.site, "ponds", engine=engine)
    messages, counts = storm.messages(), counted(ponds.plant.home, "ponds")
    expected, found = windows_of(messages, live, ponds.fleet), journalled(ponds.plant.home, "ponds")
    print("the journal's counts     ", ", ".join(f"{name} {counts.get(name, 0):,}" for name in HEARD))
    readings, lost = len({(one.topic, one.payload) for one in messages}), missing_in(messages)
    apart = expected.join(found, on=KEYS, how="inner")
    same = int((apart["score"] == apart["score_right"]).sum())
    facts = {
        "readings sent, heard": (readings, counts.get("readings", 0)),
        "messages lost, missed": (lost, counts.get("missing", 0) - counts.get("filled", 0)),
        "windows expected, scored": (expected.height, found.height),
        "of them different windows": (expected.height, found.n_unique(KEYS)),
        "of them with equal bits": (expected.height, same),
        "of them published": (expected.height, found.height - int(found["unpublished"].sum())),
        "readings too late": (0, counts.get("late", 0)),
        "windows scored twice": (0, counts.get("scored_again", 0)),
    }
    for name, (wanted, got) in facts.items():
        print(f"{name:<25} {wanted:>9,} {got:>9,}  {'as it should be' if wanted == got else 'WRONG'}")
    return all(wanted == got for wanted, got in facts.values())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--messages", type=int, default=100_000)
    asked.add_argument("--every", default="5m", help="a window every so often")
    asked.add_argument("--calm", action="store_true")
    asked.add_argument("--hasty", action="store_true")
    asked.add_argument("--engine", choices=["auto", "onnx", "bundle"], default="auto")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="mqtt-") as folder, Broker(Path(folder) / "broker") as broker:
        ponds = made(Path(folder) / "plant", given.messages, given.every)
        settings = {"port": broker.port, "engine": given.engine}
        (ponds.plant.root / "configs" / "realtime.yaml").write_text(yaml.safe_dump(settings))
        command = rig.HASTY if given.hasty else rig.COMMAND
        with ponds.listening("--until-idle", f"{IDLE:g}s", command=command) as listener:

            def shot() -> None:
                listener.kill()
                time.sleep(1.0)
                listener.start()

            mishaps = {} if given.calm else {0.3: lambda: broker.restart(1.0), 0.6: shot}
            trouble = CALM if given.calm else TROUBLE
            storm = Storm(ponds.recording, ponds.topics, config(broker.port), trouble, mishaps)
            begun = time.monotonic()
            played = storm.blow()
            rate = played.counts["sent"] / played.seconds
            print(f"published                 {_told(played.counts)} in {played.seconds:.1f} s ({rate:,.0f}/s)")
            said = listener.ended()
            took = time.monotonic() - begun - IDLE
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(said[said.rindex("messages  ") :].rstrip())
        print(f"all scored and told       {timedelta(seconds=round(took))} after the first message")
        print(f"CPU of listener, broker   {spent.ru_utime + spent.ru_stime:.0f} s, starts included")
        agreed = judge(ponds, storm, given.engine)
    if agreed == given.hasty:
        raise SystemExit("a listener that acknowledges too early was not caught" if given.hasty else "not exactly once")


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


if __name__ == "__main__":
    main()
