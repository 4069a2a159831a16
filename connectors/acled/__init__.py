"""ACLED: armed-conflict events from public media, read over OAuth's password grant."""

from connectors.acled.connector import AcledConnector

__all__ = ["AcledConnector"]
