"""Where data rests: a folder a noun, in it the port (`port.py`) and a file an engine.

Every engine passes the port's contract suite in `tests/storage/`; an engine without it does not exist.
`open_stores` in `stores.py` puts one engine a port together.
"""
