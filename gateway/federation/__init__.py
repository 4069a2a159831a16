"""One query over many sources: `query.py` is the way through, `sources/` alone sees raw records, `answer/` views."""
