"""What the ledger tells an originator."""
