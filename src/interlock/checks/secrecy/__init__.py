"""Credentials, schemes and signatures."""
