"""One integration of any estate, rehearsed: thin vendors, virtual time, and every crash point.

The simulator's own company has laws of its own. An estate that it does not know is held against
itself: whatever befalls a worker, the systems must hold what they hold when nothing does.
"""
