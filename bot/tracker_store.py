"""The conversation's memory: in this process only, gone with the conversation and within a day at the latest."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, Dict, Iterable, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

_DAY = 24 * 3600.0


class VolatileTrackerStore(TrackerStore):
    """Keeps trackers as they are (writing and reading them as text took a third of each turn) and never on disk.

    Args:
        domain: the assistant's domain.
        idle_s: a conversation is forgotten after this many seconds without a message.
        oldest_s: and after this many seconds in any case.
        most: number of conversations kept; the one longest silent goes first.
    """

    def __init__(
        self,
        domain: Domain,
        event_broker: Optional[EventBroker] = None,
        idle_s: float = 2 * 3600.0,
        oldest_s: float = _DAY / 2,
        most: int = 20_000,
        host: Any = None,
        **kwargs: Dict[Text, Any],
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._idle_s, self._oldest_s, self._most = float(idle_s), float(oldest_s), int(most)
        # sender -> (tracker, first kept at, last kept at), the longest silent first
        self._kept: OrderedDict[Text, tuple[DialogueStateTracker, float, float]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        now = time.monotonic()
        first = self._kept[tracker.sender_id][1] if tracker.sender_id in self._kept else now
        self._kept[tracker.sender_id] = (tracker, first, now)
        self._kept.move_to_end(tracker.sender_id)
        self.sweep(now)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        now = time.monotonic()
        self.sweep(now)
        kept = self._kept.get(sender_id)
        if kept and now - kept[1] > self._oldest_s:
            self.forget(sender_id)
            return None
        return kept[0] if kept else None

    async def keys(self) -> Iterable[Text]:
        return list(self._kept)

    def forget(self, sender_id: Text) -> None:
        """Drop a conversation at once; unknown ones are no error."""
        self._kept.pop(sender_id, None)

    def sweep(self, now: float) -> None:
        """Drop what is too old, and the longest silent when there are too many."""
        while self._kept:
            sender_id, (_, first, last) = next(iter(self._kept.items()))
            if now - last > self._idle_s or now - first > self._oldest_s or len(self._kept) > self._most:
                del self._kept[sender_id]
            else:
                break
