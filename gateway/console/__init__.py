"""The console: pages for people in a browser, on what the services of identity, partnership and ledger do."""
