"""The outside of the gateway: addresses, GraphQL over HTTP, the explorer, health."""
