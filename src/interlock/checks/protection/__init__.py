"""Personal data: which systems may hold it, and what else it may not flow into."""
