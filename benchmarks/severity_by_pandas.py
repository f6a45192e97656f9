"""The rules of severity evaluated with pandas, column by column, the way a notebook does it."""

from typing import Any

import numpy as np

POINT, COLLECTIVE, CONTEXTUAL = (2.0, 5.0), (1.0, 3.0), (2.0, 4.0)
STUCK_FACTOR, STUCK, SPIKE, NOISE = 0.1, (0.5, 1.0), (3.0, 6.0), (1.5, 3.0)


def ramp(number: Any, limits: tuple[float, float]) -> Any:
    """From 0 at the lower limit to 1 at the upper one; what has no value counts as 0."""
    return ((number.fillna(0.0) - limits[0]) / (limits[1] - limits[0])).clip(0.0, 1.0)


def severity_of_unit(frame: Any, width: int = 60) -> Any:
    """Severity of one unit's gapless readings: frame with columns time and value (NaN where missing), sorted."""
    import pandas as pd

    x, need = frame["value"], width // 2
    past = x.rolling(width, min_periods=need)
    mean, std, count = past.mean(), past.std(), past.count()
    z = ((x - mean) / std).abs().where(std > 0, (x - mean).abs() * 0.0).where(std.notna())
    hour = frame["time"].dt.hour
    usual = x.groupby(hour)
    distance = (x - usual.transform("mean")).abs() / usual.transform("std")
    typical = std.where(x.notna()).median()
    heard = x.dropna()
    run = (heard.groupby((heard.diff().abs() > 1e-9 * heard.abs()).cumsum()).cumcount() + 1).reindex(x.index).ffill()
    still = (np.minimum(run, count) / count).where(count >= need)
    jump, back = x.diff().shift(1), x.diff()
    pair = np.minimum(jump.abs(), back.abs()).where(jump * back < 0, 0.0).where(back.notna() & jump.notna())
    leap = pair.rolling(width - 2, min_periods=1).max().where(count >= need)
    kinds = {
        "point": ramp(z, POINT),
        "collective": ramp(z.rolling(2 * width, min_periods=width).mean(), COLLECTIVE),
        "contextual": ramp(distance, CONTEXTUAL),
        "sensor_fault": pd.concat(
            [
                ramp(still.where(std < STUCK_FACTOR * typical, 0.0), STUCK),
                ramp(leap / typical, SPIKE),
                ramp(std / typical, NOISE),
            ],
            axis=1,
        ).max(axis=1),
    }
    told = pd.DataFrame(kinds)
    return frame[["unit_id", "time"]].join(told.assign(severity=told.max(axis=1)))


def severity_by_pandas(readings: Any) -> Any:
    """Severity of gapless readings of several units: unit_id, time, value."""
    import pandas as pd

    return pd.concat([severity_of_unit(part) for _, part in readings.groupby("unit_id", sort=True)])
