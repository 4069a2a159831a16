"""The only room of a query's path that sees raw records: plan, fetch, decide. Records leave it as views."""
