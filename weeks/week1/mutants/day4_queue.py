"""Mistakes that people make with an at-least-once log."""

from twitterlab.course.mutants import mutant

ACK = """            elif await self._is_finished(entry, deliveries):
                await self._log.acknowledge(entry)
                finished += 1
"""
ORPHAN = """        if entry.is_orphan:  # counted before it is tried: it may be what killed its worker
            await self._log.note(entry, attempt, retry_ms=0)
"""
RETRY = "await self._log.note(entry, attempt, retry_ms=self._clock.now_ms() + self._backoff_ms(attempt))\n"
BACKOFF = "math.ceil(longest_ms / 2 + self._chance.random() * (longest_ms // 2))"
CAPPED = "min(self._policy.backoff_ms * 2 ** (attempt - 1), self._policy.max_backoff_ms)"
OVERDUE = "entry.idle_ms >= self._policy.lease_ms]"
CLAIM = "claim(overdue, self._policy.lease_ms)"

MUTANTS = (
    mutant("out of the outbox before it is in the stream", 1,
           ("        await self._log.append(events)\n        await outbox.done([event.id for event in events])\n",
            "        await outbox.done([event.id for event in events])\n        await self._log.append(events)\n")),
    mutant("one at a time, and out of the outbox first", 1,
           ("        await self._log.append(events)\n        await outbox.done([event.id for event in events])\n",
            "        for event in events:\n            await outbox.done([event.id])\n            await self._log.append([event])\n")),
    mutant("acknowledged before it is delivered", 1,
           (ACK, "            elif await self._log.acknowledge(entry) or await self._is_finished(entry, deliveries):\n"
                 "                finished += 1\n")),
    mutant("acknowledged whatever comes of it", 1,
           (ACK, ACK.replace("elif await self._is_finished(entry, deliveries)", "elif [await self._is_finished(entry, deliveries)]"))),
    mutant("delivered to all, whoever has it", 2,
           ("missing = await deliveries.missing(event, await deliveries.recipients(event))", "missing = await deliveries.recipients(event)")),
    mutant("delivered to all as soon as one is missing", 2,
           ("            await deliveries.deliver(event, missing)", "            await deliveries.deliver(event, await deliveries.recipients(event))")),
    mutant("no backoff", 3, ("retry_ms=self._clock.now_ms() + self._backoff_ms(attempt)", "retry_ms=0")),
    mutant("no jitter", 3, (f"return {BACKOFF}", "return longest_ms")),
    mutant("jitter down to nothing", 3, (BACKOFF, "math.ceil(self._chance.random() * longest_ms)")),
    mutant("backoff without a cap", 3, (CAPPED, "self._policy.backoff_ms * 2 ** (attempt - 1)")),
    mutant("backoff grows by a constant", 3, (CAPPED, CAPPED.replace("2 ** (attempt - 1)", "attempt"))),
    mutant("the first retry waits twice as long", 3, ("2 ** (attempt - 1)", "2**attempt")),
    mutant("the worker sleeps until the retry", 3, (RETRY, RETRY + "            await self._clock.sleep_ms(self._backoff_ms(attempt))\n")),
    mutant("one try more than allowed", 4, ("and attempt < self._policy.max_attempts:", "and attempt <= self._policy.max_attempts:")),
    mutant("one try fewer than allowed", 4, ("and attempt < self._policy.max_attempts:", "and attempt + 1 < self._policy.max_attempts:")),
    mutant("a poison event is dropped without a letter", 4, ("            await self._log.bury(entry.event, error)\n", "            pass\n")),
    mutant("a failure holds up everybody", 4,
           (ACK + "            else:\n                waiting.add(author_id)\n", ACK + "            else:\n                break\n")),
    mutant("the letter does not say why", 4, ("self._log.bury(entry.event, error)", 'self._log.bury(entry.event, "failed")')),
    mutant("a dead letter that is relayed again is tried again", 4, ("if self._log.is_dead(entry.event):", "if False:")),
    mutant("an event that kills its worker is never counted", 4, (ORPHAN, "")),
    mutant("the younger passes while the elder waits for its retry", 5,
           (ACK + "            else:\n                waiting.add(author_id)\n", ACK),
           ("                waiting.add(author_id)\n            elif", "                continue\n            elif")),
    mutant("the younger passes while another worker holds the elder", 5,
           ("            if author_id in waiting or not entry.is_mine or ",
            "            if not entry.is_mine:\n                continue\n            if author_id in waiting or ")),
    mutant("the newest is delivered first", 5, ("for entry in await self._held():", "for entry in reversed(await self._held()):")),
    mutant("what a dead worker held is never taken over", 6, ("        if overdue:\n", "        if False:\n")),
    mutant("what another worker holds is taken at once", 6,
           (OVERDUE, "not entry.is_mine]"), (CLAIM, "claim(overdue, 0)")),
    mutant("taken over after half the lease", 6,
           (OVERDUE, "entry.idle_ms >= self._policy.lease_ms // 2]"), (CLAIM, "claim(overdue, self._policy.lease_ms // 2)")),
    mutant("taken over after two leases", 6, (OVERDUE, "entry.idle_ms >= self._policy.lease_ms * 2]")),
)  # fmt: skip
