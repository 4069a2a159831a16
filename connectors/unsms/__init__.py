"""The UNSMS feed: incidents and security alerts, after a contract that this project proposes (`openapi.json`)."""

from connectors.unsms.connector import UnsmsConnector

__all__ = ["UnsmsConnector"]
