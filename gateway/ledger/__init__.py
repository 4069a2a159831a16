"""The disclosure ledger: nothing is shown without its entry."""
