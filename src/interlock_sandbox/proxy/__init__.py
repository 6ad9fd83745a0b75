"""A rough way to the vendors: a process between a client and them that harms what it carries.

What `interlock_sandbox.network` does inside a vendor happens here on real sockets, and more: a
proxy can confuse two exchanges, send somebody elsewhere, or answer with a bomb.
"""
