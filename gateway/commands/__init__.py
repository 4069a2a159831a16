"""What `slt-gateway` does, a module a command; `gateway/cli.py` names them."""
