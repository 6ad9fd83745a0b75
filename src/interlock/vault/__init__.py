"""Secrets kept by HashiCorp Vault or OpenBao: the engine KV version 2, over HTTP.

Above the connectors, whose wire it speaks through, and known to `bootstrap` alone.
"""
