"""KoBoToolbox v2: the incident form of one organization, by a field map in configuration."""

from connectors.kobo.connector import KoboConnector
from connectors.kobo.push import Push

__all__ = ["KoboConnector", "Push"]
