"""Guessing what files nobody described hold; proposes configuration, changes nothing."""

from .profile import Profile, profile_folder
from .readings import SensorProfile

__all__ = ["Profile", "SensorProfile", "profile_folder"]
