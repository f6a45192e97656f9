"""What retraining buys: one recording lived through day by day, once per policy, on the roads that operation takes."""

from .living import Life, Replay, Retraining, replay
from .policies import Asked, Policy, never, on_drift, scheduled, usual_policies
from .standing import Standing, replay_json, standings, timeline

__all__ = [
    "Asked",
    "Life",
    "Policy",
    "Replay",
    "Retraining",
    "Standing",
    "never",
    "on_drift",
    "replay",
    "replay_json",
    "scheduled",
    "standings",
    "timeline",
    "usual_policies",
]
