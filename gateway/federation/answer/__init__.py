"""From views to an answer: match, order, merge, page. Nothing here can reach a raw record."""
