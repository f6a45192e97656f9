"""Readings as they come, scored by the very functions that the assets call: a few rows in, a scored window out."""
