"""Waiting for pipes: also of a process that has more than a thousand files open, which `select` cannot do."""

from __future__ import annotations

import selectors
from collections.abc import Iterable

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


def ready(reading: Iterable[int], writing: Iterable[int] = (), *, seconds: float) -> set[int]:
    """Return which descriptors can be read from, or written to, without waiting; none where that takes longer than so many seconds.

    Examples
    --------
    >>> import os
    >>> end, other = os.pipe()
    >>> ready([end], seconds=0)
    set()
    >>> ready([end], [other], seconds=0) == {other}
    True
    """
    with _Selector() as selector:
        for one in reading:
            selector.register(one, selectors.EVENT_READ)
        for one in writing:
            selector.register(one, selectors.EVENT_WRITE)
        return {key.fd for key, _ in selector.select(seconds)}
