"""Telling people of incidents: webhook and e-mail, with retries. What is told to whom is decided elsewhere."""

__all__: list[str] = []
