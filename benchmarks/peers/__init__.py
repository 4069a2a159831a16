"""The gateways that a user would pick instead, measured beside this one and the floor on the same records."""
