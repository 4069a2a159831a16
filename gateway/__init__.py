"""The SLT gateway: GraphQL federation between the UNSMS and INGO platforms under Saving Lives Together."""

__version__ = "0.1.0"
