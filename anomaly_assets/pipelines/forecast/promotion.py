"""Which of two forecasters is better: on the challenger's validation stretch alone, its test part decides nothing."""

from dataclasses import replace

import polars as pl

from ...forecasting import backtest
from ...registry import ForecastBundle, ModelVersion


def challenge(
    challenger: ForecastBundle, champion: ForecastBundle | None, named: ModelVersion | None, readings: pl.DataFrame
) -> tuple[bool, str]:
    """Hold a challenger's validation forecasts against the champion's of the same instants from the same origins.

    The challenger's are those of models of its training alone. A champion that has learnt from a part of the stretch
    has that for itself: who is to replace it has to be better all the same.

    Parameters
    ----------
    champion, named : the version in force; None where there is none that fits.
    readings : what the challenger was learnt from.

    Returns
    -------
    Whether the challenger's error is lower by at least ``forecast.tolerance``, and the numbers as a sentence.
    """
    if champion is None or named is None:
        return True, "no forecaster that fits this fleet was in force, so this one is"
    config, splits = challenger.forecaster.config, challenger.report.splits
    every = champion.forecaster.config.model_copy(update={"origins_every": config.origins_every})
    known = replace(champion.forecaster, config=every)
    _, rival = backtest(known, readings, splits["validation_start"], splits["test_start"])
    keys = ["unit_id", "origin", "time"]
    own = challenger.report.forecasts.filter(part="validation").select(*keys, "value", own="forecaster")
    both = own.join(rival.select(*keys, rival="forecaster"), on=keys).drop_nulls()
    if both.is_empty():
        return True, f"{named.name} forecasts nothing of the validation stretch"
    rmse = both.select(((pl.col(name) - pl.col("value")) ** 2).mean().sqrt() for name in ("own", "rival"))
    error, bound = rmse["own"].item(), rmse["rival"].item()
    promoted = error < bound and error <= bound * (1 - config.tolerance)
    told = f"validation error {error:.4g} against {bound:.4g} of {named.name} on {both.height:,} forecasts"
    wanted = f"at least {config.tolerance:.1%} lower" if config.tolerance else "lower"
    return promoted, f"{told}; {wanted if promoted else f'not {wanted}'}"
