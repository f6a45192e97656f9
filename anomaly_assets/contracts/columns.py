"""Columns that several tables have, as dataframely writes them; which table has which is told in the others."""

from typing import Any

import dataframely as dy


def moment() -> Any:
    """An instant, UTC."""
    return dy.Datetime(time_unit="us", time_zone="UTC")


def number(**bounds: Any) -> Any:
    """A finite number, null where there is none."""
    return dy.Float64(nullable=True, allow_inf=False, allow_nan=False, **bounds)
