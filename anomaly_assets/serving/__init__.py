"""The HTTP face: FastAPI in, the one scoring path, FastAPI out. Nothing is computed here."""

from .app import make_app
from .server import listen, serve
from .service import Service

__all__ = ["Service", "listen", "make_app", "serve"]
