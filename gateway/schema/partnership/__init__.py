"""Partnership in the schema: applications, agreements, areas, directory, mandates, offboarding, contributions."""
