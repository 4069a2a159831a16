"""A coordination platform with a GraphQL API of its own, read by a query and a field map in configuration."""

from connectors.graphql.connector import GraphqlConnector

__all__ = ["GraphqlConnector"]
