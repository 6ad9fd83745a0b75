"""What leaves: events out of the outbox, to whoever subscribed, until they have them.

`addressing` decides who gets an event, `courier` is how one is handed over (`webhook` is one
way), `deliveries` are rows with their retries, and `relay` keeps it all going. Ordered by key, at
least once, and what never arrives is a case.
"""
