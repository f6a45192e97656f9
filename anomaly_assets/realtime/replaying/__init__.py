"""A recording played again as if it happened now: over MQTT as devices publish, over HTTP as they ask."""

from .messages import Trouble
from .over_http import Answers, play_over_http, quantile
from .over_mqtt import Played, play_over_mqtt, topics_of
from .pace import Pace
from .recording import Recording

__all__ = [
    "Answers",
    "Pace",
    "Played",
    "Recording",
    "Trouble",
    "play_over_http",
    "play_over_mqtt",
    "quantile",
    "topics_of",
]
