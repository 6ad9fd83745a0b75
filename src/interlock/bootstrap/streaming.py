"""Keeps a line open to every system that tells its changes over one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from interlock.bootstrap.house import House
from interlock.intake.posts import posts
from interlock.intake.stream import Hearing


@contextmanager
def streaming(house: House) -> Iterator[Hearing]:
    """Hear what the current estate declares until the end of the block."""
    store = house.store
    hearing = Hearing(
        (store.database, store.archive), house.inbox, house.gate, house.poller, store.clock
    )
    threads = [
        threading.Thread(target=hearing.keep, args=(post,), name=f"{post.system} {post.object}")
        for post in posts(store.archive.current())
    ]
    for thread in threads:
        thread.start()
    try:
        yield hearing
    finally:
        hearing.stop()
        for thread in threads:
            thread.join(30)
