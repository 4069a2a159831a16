"""Notices: written with what they tell of, in one transaction; delivered after; acknowledged on record."""
