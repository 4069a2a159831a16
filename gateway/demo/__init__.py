"""The demo: simulated platforms, an invented cast, and one query answered three times."""
