"""What is said of records after they were shared: restrictions, withdrawals, consents, declarations, emergencies."""
