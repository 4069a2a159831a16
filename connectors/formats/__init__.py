"""Formats that several connectors read: CAP 1.2, Atom, and the ways a row becomes a record with its faults told."""
