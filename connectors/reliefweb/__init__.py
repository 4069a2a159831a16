"""ReliefWeb API v2: situation reports and lessons learned, as OCHA's ReliefWeb publishes them."""

from connectors.reliefweb.connector import ReliefWebConnector

__all__ = ["ReliefWebConnector"]
