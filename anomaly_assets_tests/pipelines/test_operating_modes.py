"""Operating modes are told from settings that fall into clusters, and from no others."""

import numpy as np
import polars as pl

from anomaly_assets.pipelines.operating_modes import operating_modes


def settings(centres: list[tuple[float, float]], spread: float, count: int = 200) -> pl.DataFrame:
    draw = np.random.default_rng(7)
    points = np.concatenate([draw.normal(centre, spread, (count, 2)) for centre in centres])
    return pl.DataFrame({"altitude": points[:, 0], "mach": points[:, 1]})


def test_flights_at_three_altitudes_have_three_modes_named_by_their_centres() -> None:
    found = operating_modes(settings([(0, 0), (20, 0.5), (40, 0.8)], 0.01))
    assert found.n_unique() == 3
    assert [found[at] for at in (0, 200, 400)] == found.unique(maintain_order=True).to_list()
    assert found[500].startswith("altitude 40, mach ")


def test_settings_that_only_tremble_have_no_modes() -> None:
    assert operating_modes(settings([(10, 0.5)], 1.0)).null_count() == 200


def test_settings_that_never_change_have_no_modes() -> None:
    assert operating_modes(pl.DataFrame({"altitude": [1.0, 1.0]})).to_list() == [None, None]


def test_no_settings_have_no_modes() -> None:
    assert operating_modes(pl.DataFrame()).len() == 0


def test_a_window_that_misses_a_setting_has_no_mode() -> None:
    known = settings([(0, 0), (40, 0.8)], 0.01)
    found = operating_modes(known.with_columns(mach=pl.when(pl.int_range(pl.len()) > 0).then("mach")))
    assert found[0] is None and found[1:].null_count() == 0
