"""What arrives becomes runs: deliveries and polls, each event stored before it is acknowledged.

`inbox` turns one event into runs, changes and signals in one transaction, by what `meaning` says
it is about; `poller` asks systems for what deliveries have lost; `delivery` verifies and takes in
what systems send.
"""
