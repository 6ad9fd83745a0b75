"""Interlock: a control plane for the connections between ERP, CRM and billing.

It checks a declared estate before deploy, enforces it while quote-to-cash runs, and proves
afterwards that it held. Start reading at ARCHITECTURE.md.
"""

__version__ = "0.1.0"
