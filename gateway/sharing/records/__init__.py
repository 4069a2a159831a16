"""What organizations share with the gateway itself: kept in its store, read through the contract of every source."""
