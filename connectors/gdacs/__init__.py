"""GDACS, the Global Disaster Alert and Coordination System: hazards as security alerts, read as CAP."""

from connectors.gdacs.connector import GdacsConnector

__all__ = ["GdacsConnector"]
