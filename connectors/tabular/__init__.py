"""Tables of incidents or alerts that a partner drops somewhere: CSV, XLSX or a JSON array, by a field map."""

from connectors.tabular.connector import TabularConnector

__all__ = ["TabularConnector"]
