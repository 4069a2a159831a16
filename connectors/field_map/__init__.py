"""Mapping by configuration: which of a platform's fields fills what of a record, for platforms without one form."""
