"""The HTTP face: FastAPI in, the one scoring path, FastAPI out. Nothing is computed here."""

__all__: list[str] = []
