"""Guessing what files nobody described hold; proposes configuration, changes nothing."""

from .profile import profile_folder
from .proposal import Profile
from .readings import SensorProfile

__all__ = ["Profile", "SensorProfile", "profile_folder"]
