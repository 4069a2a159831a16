"""Records in the schema: the interfaces, the kinds, their values, filters and connections."""
