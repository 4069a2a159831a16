"""What is said of records after they were shared: consent, openings, restrictions, and why."""
