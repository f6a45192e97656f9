"""How good the week ahead of a river's dissolved oxygen is, on months that nothing was learnt from.

    python benchmarks/forecast_river.py --data FOLDER [--part chosen|untouched|all] [--quick] [--control]

FOLDER holds files of the Logan River Observatory as they are published. They are read and cleaned as the fleet `river`
reads and cleans them, readings that were filled in count as silent. A split is some stations, an end and how many days
before it are known; its last 28 days are forecast from rolling origins and have decided nothing. Skill is 1 - RMSE /
RMSE of the naive forecast that is best on the very same readings (last value, yesterday, last week). Half of the splits
chose how forecasting works, the other half did not; no month is in both. Where several splits are put together, the
interval is that of 500 draws of whole weeks of a split, with replacement. The control is random walks, of which nobody
can say more than their last value.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from anomaly_assets.cleaning import clean
from anomaly_assets.config import FleetConfig, ForecastConfig, load_fleet
from anomaly_assets.contracts import QUALITY, quality_column
from anomaly_assets.features import condense
from anomaly_assets.forecasting import NAIVE, learn_forecaster
from anomaly_assets.ingest import Source
from anomaly_assets.pipelines import midnight

FLEET = Path(__file__).parents[1] / "configs/fleets/river.yaml"
DAY, STEP, SENSOR = timedelta(days=1), timedelta(minutes=15), "do"
LEVELS, DRAWS = (80, 95), 500


@dataclass(frozen=True)
class Case:
    """Which stations (all that have readings, if none is named), until when, and how many days before."""

    end: datetime
    days: int
    stations: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = "+".join(name[:8] for name in self.stations) or "all"
        return f"{self.end:%Y-%m-%d} {self.days:3d} d {names}"

    def readings(self, recorded: pl.DataFrame) -> pl.DataFrame:
        """What is known; a station counts when half of the days it is judged on were read."""
        mine = pl.col("unit_id").is_in(self.stations) if self.stations else pl.lit(True)
        part = recorded.filter(mine, pl.col("time") >= self.end - self.days * DAY, pl.col("time") < self.end)
        judged = part.filter(pl.col("time") >= self.end - 28 * DAY).group_by("unit_id").agg(pl.col("value").count())
        kept = judged.filter(pl.col("value") > 14 * (DAY // STEP))["unit_id"].implode()
        return part.filter(pl.col("unit_id").is_in(kept))


def case(end: str, days: int, *stations: str) -> Case:
    """Say a case shortly."""
    return Case(datetime.fromisoformat(end).replace(tzinfo=UTC), days, stations)


FB, MS, MENDON = "FranklinBasin", "MainStreet", "Mendon"
CHOSEN = (
    case("2017-08-01", 120),
    case("2017-12-01", 240),
    case("2018-04-01", 365),
    case("2018-07-01", 120),
    case("2018-11-01", 240),
    case("2019-04-01", 365),
    case("2019-07-01", 120),
    case("2019-09-27", 240),
    case("2020-05-02", 120),
    case("2014-11-01", 120, FB),
    case("2018-04-01", 240, FB),
    case("2017-12-01", 365, MS),
    case("2018-07-01", 365, MS),
    case("2019-07-01", 120, MENDON),
)
UNTOUCHED = (
    case("2017-07-01", 120),
    case("2017-10-01", 240),
    case("2018-02-01", 365),
    case("2018-06-01", 120),
    case("2018-09-01", 365),
    case("2019-06-01", 120),
    case("2019-08-01", 365),
    case("2020-02-01", 365),
    case("2020-03-30", 240),
    case("2014-12-31", 120, FB),
    case("2018-06-01", 240, FB),
    case("2018-02-01", 240, MS),
    case("2019-06-01", 365, MS),
    case("2019-08-30", 240, MENDON),
)


def main() -> None:
    """Print skill and coverage per horizon day, split by split and together."""
    options = arguments()
    recorded = walks() if options.control else read(options.data, load_fleet(FLEET))
    if options.control:
        report("random walks", [case("2018-01-01", 120), case("2018-02-01", 120)], recorded)
        return
    every = 5 if options.quick else 1
    if options.part != "untouched":
        report("splits that chose", CHOSEN[::every], recorded)
    if options.part != "chosen":
        report("splits that did not", UNTOUCHED[::every], recorded)


def arguments() -> argparse.Namespace:
    """What the person asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/lro"))
    parser.add_argument("--part", choices=("chosen", "untouched", "all"), default="all")
    parser.add_argument("--quick", action="store_true", help="every fifth split")
    parser.add_argument("--control", action="store_true", help="random walks instead of a river")
    return parser.parse_args()


def read(folder: Path, fleet: FleetConfig) -> pl.DataFrame:
    """Stage and clean a folder as the fleet does: unit_id, time, value on the grid, null where nothing was read."""
    with TemporaryDirectory() as store:
        source = Source(fleet, folder, Path(store), condense)
        source.refresh()
        first, last = source.first_day, source.last_day
        if first is None or last is None:
            raise SystemExit(f"{folder} holds no recording of the Logan River Observatory")
        start, end = midnight(first), midnight(last + DAY)
        cleaned = clean(source.readings(start, end), fleet, start, end).cleaned
    read = (pl.col(quality_column(SENSOR)) & QUALITY["imputed"]) == 0
    value = pl.when(read).then(pl.col(SENSOR))
    return cleaned.select("unit_id", "time", value=value).filter(pl.col("time").dt.truncate(STEP) == pl.col("time"))


def walks(units: int = 3, days: int = 160) -> pl.DataFrame:
    """Walk at random; nobody can say more than the last value."""
    chance, end = np.random.default_rng(0), datetime(2018, 2, 1, tzinfo=UTC)
    times = pl.datetime_range(end - days * DAY, end - STEP, STEP, time_unit="us", eager=True)
    parts = [
        pl.DataFrame({"unit_id": f"walk_{k}", "time": times, "value": 10 + chance.normal(0, 0.02, len(times)).cumsum()})
        for k in range(units)
    ]
    return pl.concat(parts)


def report(title: str, cases: Sequence[Case], recorded: pl.DataFrame) -> None:
    """Forecast splits, and print each and all of them together."""
    print(f"\n{title}\n{'':30s}  days:   skill % 1 ... 7{'':20s}80 % intervals cover{'':15s}95 %", flush=True)
    found, spent, spared = [], 0.0, []
    for number, (case, told, seconds) in enumerate(forecasts(cases, recorded)):
        found.append(told.with_columns(split=pl.lit(number)))
        spared.append(measured(told))
        spent += seconds
        print(f"{case!s:26s} {seconds:4.0f} s  {shown(spared[-1])}", flush=True)
    together = pl.concat(found)
    drawn = np.array([measured(again) for again in resampled(together)])
    print(f"{'together':33s} {shown(measured(together))}")
    for name, share in (("  5 % of draws below", 5), ("  95 % of draws below", 95)):
        print(f"{name:33s} {shown(np.percentile(drawn, share, axis=0))}")
    print(f"{'median split':33s} {shown(np.median(spared, axis=0))}")
    verdict(np.array(spared), spent)


def forecasts(cases: Sequence[Case], recorded: pl.DataFrame) -> Iterator[tuple[Case, pl.DataFrame, float]]:
    """Learn and forecast each split: the forecasts of its last 28 days, and the CPU seconds of all of it."""
    config = ForecastConfig(sensor=SENSOR)
    for case in cases:
        begun = time.process_time()
        told = learn_forecaster(case.readings(recorded), config, STEP).report.forecasts.filter(part="test")
        yield case, told.filter(pl.col("value").is_not_null()), time.process_time() - begun


def measured(told: pl.DataFrame) -> np.ndarray:
    """Skill and coverages in percent (3, horizon days)."""
    errors = {name: ((pl.col(name) - pl.col("value")) ** 2).mean().sqrt() for name in ("forecaster", *NAIVE)}
    inside = {f"in_{level}": pl.col("value").is_between(f"lower_{level}", f"upper_{level}").mean() for level in LEVELS}
    by_day = told.group_by("horizon_day").agg(**errors, **inside).sort("horizon_day")
    skill = 1 - pl.col("forecaster") / pl.min_horizontal(*NAIVE)
    return 100 * by_day.select(skill, *inside).to_numpy().T


def resampled(told: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Draw the weeks that origins lie in, with replacement; all units of a week together."""
    chance = np.random.default_rng(0)
    weeks = told.with_columns(week=pl.col("origin").dt.truncate("1w")).partition_by("split", "week")
    for _ in range(DRAWS):
        yield pl.concat([weeks[k] for k in chance.integers(0, len(weeks), len(weeks))])


def shown(figures: np.ndarray) -> str:
    """Write figures (3, horizon days) in one line."""
    skill, *covered = figures
    parts = [" ".join(f"{each:5.1f}" for each in skill), *(" ".join(f"{each:4.0f}" for each in row) for row in covered)]
    return "  | ".join(parts)


def verdict(figures: np.ndarray, seconds: float) -> None:
    """Say how many splits do as well as they should, and what it cost."""
    skill, near = figures[:, 0], np.abs(figures[:, 1:] - np.array(LEVELS)[:, None]) <= 5
    print(
        f"of {len(figures)} splits: skill of days 1-2 at least 10 % in {(skill[:, :2] >= 10).all(axis=1).sum()}, "
        f"of days 3-7 at least 0 in {(skill[:, 2:] >= 0).all(axis=1).sum()}; days within 5 points: "
        f"{100 * near[:, 0].mean():.0f} % of 80 % intervals, {100 * near[:, 1].mean():.0f} % of 95 % ones; "
        f"{seconds / len(figures):.0f} CPU s a split"
    )


if __name__ == "__main__":
    main()
