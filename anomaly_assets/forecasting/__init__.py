"""The next days of one sensor, for every unit of a fleet by one global model, with intervals that were measured.

Readings are plain frames in, forecasts plain frames out. scikit-learn is needed to learn, and imported only then.
"""

from .accuracy import accuracy
from .backtest import backtest
from .forecaster import Forecaster
from .learning import Learnt, learn_forecaster
from .naive import NAIVE
from .report import Report

__all__ = ["NAIVE", "Forecaster", "Learnt", "Report", "accuracy", "backtest", "learn_forecaster"]
