"""The MQTT face: messages in, windows scored by the one path, scores and incidents out."""

__all__: list[str] = []
