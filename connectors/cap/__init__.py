"""Any CAP 1.2 feed: alerts behind an Atom or RSS index, as files or within it."""

from connectors.cap.connector import CapConnector

__all__ = ["CapConnector"]
