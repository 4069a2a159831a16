"""KoBoToolbox v2: the incident form of one organization, by a field map in configuration."""

from connectors.contract import Push
from connectors.kobo.connector import KoboConnector

__all__ = ["KoboConnector", "Push"]
