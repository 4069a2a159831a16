"""Who asks: the OAuth 2 authorization server, the clients, and the way from a token to a requester."""
