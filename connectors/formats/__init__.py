"""Formats that several connectors read: CAP 1.2, Atom, RSS, and how a row becomes a record with its faults told."""
