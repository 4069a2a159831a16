"""The store: tables, engine, migrations. Nothing in it knows what the tables mean."""
