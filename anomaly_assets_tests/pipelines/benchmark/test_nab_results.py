"""Files that NAB's own scorer reads: a row for every row of the series, in its order."""

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.pipelines.benchmark.nab_results import write_results

from .layouts import LAYOUTS
from .trying import decided, rounds_of, run


@pytest.fixture(scope="module")
def untidy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Series with a row that is there twice, one off the grid, a clock that steps back and a hole."""
    folder = LAYOUTS["nab"](tmp_path_factory.mktemp("nab"))
    path = folder / "data" / "realTraffic" / "speed.csv"
    header, *rows = path.read_text().splitlines()
    off_grid = rows[2500].replace(":00,", ":40,")
    rows[2500:2600] = [off_grid, rows[2600], rows[2600], rows[2590]]
    path.write_text("\n".join([header, *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def written(untidy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("results")
    for one in rounds_of("nab", untidy, ["deviation", "random_score"]):
        write_results(list(decided(run([one])).values()), target)
    return target


def rows(path: Path) -> pl.DataFrame:
    return pl.read_csv(path)


def test_files_lie_where_nab_looks_for_them(written: Path) -> None:
    names = sorted(str(path.relative_to(written)) for path in written.rglob("*.csv"))
    assert names == sorted(
        f"{detector}/{folder}/{detector}_{series}.csv"
        for detector in ("deviation", "random_score", "selected")
        for folder, series in (("realTraffic", "speed"), ("realTweets", "volume"))
    )


@pytest.mark.parametrize("series", ["realTraffic/speed", "realTweets/volume"])
@pytest.mark.parametrize("detector", ["deviation", "random_score", "selected"])
def test_every_row_of_the_series_is_there_in_its_order(series: str, detector: str, untidy: Path, written: Path) -> None:
    folder, name = series.split("/")
    given, made = rows(untidy / "data" / f"{series}.csv"), rows(written / detector / folder / f"{detector}_{name}.csv")
    assert made.columns == ["timestamp", "value", "anomaly_score", "label"]
    assert made.select("timestamp", "value").equals(given.select("timestamp", "value"))


def test_scores_lie_between_0_and_1_and_what_was_learnt_from_scores_0(written: Path) -> None:
    for path in written.rglob("*.csv"):
        score = rows(path)["anomaly_score"]
        assert score.is_between(0, 1).all()
        assert (score[:435] == 0).all()  # 15 % of the shorter one
        assert score[600:].n_unique() > 100


def test_a_higher_score_stays_higher(untidy: Path, written: Path) -> None:
    (one,) = (one for one in rounds_of("nab", untidy, ["deviation"]) if one.name == "realTweets_volume")
    scores = decided(run([one]))[one.name, "deviation"].scored["score"]
    made = rows(written / "deviation" / "realTweets" / "deviation_volume.csv")["anomaly_score"].tail(len(scores))
    assert made.to_list() == pytest.approx((scores / (1 + scores)).to_list())


def test_labels_are_nabs_windows_with_both_ends(untidy: Path, written: Path) -> None:
    windows = json.loads((untidy / "labels" / "combined_windows.json").read_text())
    ((start, end),) = windows["realTweets/volume.csv"]
    made = rows(written / "deviation" / "realTweets" / "deviation_volume.csv").with_columns(
        pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S")
    )
    inside = made["timestamp"].is_between(*(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f") for text in (start, end)))
    assert inside.sum() == 71
    assert made["label"].cast(pl.Boolean).equals(inside)
