"""Mistakes that people make with an at-least-once log."""

from twitterlab.course.mutants import mutant

MUTANTS = (
    mutant("out of the outbox before it is in the stream", 1,
           ("        await pipe.execute()\n        await outbox.done([event.id for event in events])\n        return len(events)",
            "        await outbox.done([event.id for event in events])\n        await pipe.execute()\n        return len(events)")),
    mutant("acknowledged before it is delivered", 1,
           ("            error = None\n            if event.id not in held.dead:", "            error = None\n            await self._redis.xack(self._policy.stream, GROUP, entry_id)\n            if event.id not in held.dead:")),
    mutant("a group that begins at the end of the stream", 1, ('GROUP, id="0", mkstream=True', 'GROUP, id="$", mkstream=True')),
    mutant("delivered to all, whoever has it", 2,
           ("missing = await deliveries.missing(event, await deliveries.recipients(event))", "missing = await deliveries.recipients(event)")),
    mutant("a twice relayed dead letter is delivered", 2, ("if event.id not in held.dead:", "if True:")),
    mutant("no backoff", 3, ("retry_ms = self._clock.now_ms() + self._backoff_ms(tries + 1)", "retry_ms = 0")),
    mutant("no jitter", 3, ("return math.ceil(longest_ms / 2 + self._chance.random() * (longest_ms // 2))", "return longest_ms")),
    mutant("jitter down to nothing", 3, ("math.ceil(longest_ms / 2 + self._chance.random() * (longest_ms // 2))", "math.ceil(self._chance.random() * longest_ms)")),
    mutant("backoff without a cap", 3, ("min(self._policy.backoff_ms * 2 ** (attempt - 1), self._policy.max_backoff_ms)", "self._policy.backoff_ms * 2 ** (attempt - 1)")),
    mutant("backoff grows by a constant", 3, ("self._policy.backoff_ms * 2 ** (attempt - 1), ", "self._policy.backoff_ms * attempt, ")),
    mutant("the first retry waits twice as long", 3, ("2 ** (attempt - 1)", "2**attempt")),
    mutant("the worker sleeps until the retry", 3, ("                pipe.hset(self._name(\"tries\"), entry_id, json.dumps([tries + 1, retry_ms]))\n", "                pipe.hset(self._name(\"tries\"), entry_id, json.dumps([tries + 1, retry_ms]))\n                await self._clock.sleep_ms(retry_ms - self._clock.now_ms())\n")),
    mutant("one try more than allowed", 4, ("if error is not None and tries + 1 < self._policy.max_attempts:", "if error is not None and tries < self._policy.max_attempts:"), ("if tries < self._policy.max_attempts else DEADLY", "if tries <= self._policy.max_attempts else DEADLY")),
    mutant("a poison event is dropped without a letter", 4, ("                self._bury(pipe, event, error)\n", "")),
    mutant("a failure holds up everybody", 4, ("                blocked.add(event.author_id)\n                retry_ms =", "                blocked.update(other.author_id for other in self._events.values())\n                retry_ms =")),
    mutant("the newest dead letter comes first", 4, ('zrange(self._name("dead_ids"), 0, limit - 1)', 'zrange(self._name("dead_ids"), 0, limit - 1, desc=True)')),
    mutant("the letter does not say why", 4, ("json.dumps([astuple(event), error])", 'json.dumps([astuple(event), ""])')),
    mutant("the younger passes while the elder waits for its retry", 5, ("                blocked.add(event.author_id)\n                retry_ms =", "                retry_ms ="), ("                blocked.add(event.author_id)\n                continue\n            if is_orphan", "                continue\n            if is_orphan")),
    mutant("entries by text, not by number", 5, ("return tuple(map(int, entry_id.split(b\"-\")))", "return (entry_id,)  # type: ignore[return-value]")),
    mutant("what a dead worker held is never taken over", 6, ("(ours, 0, None), (overdue, lease_ms, TAKEN_OVER)", "(ours, 0, None),")),
    mutant("what another worker holds is taken at once", 6, ('item["time_since_delivered"] >= lease_ms]', 'item["time_since_delivered"] >= 0]'), ("(overdue, lease_ms, TAKEN_OVER)", "(overdue, 0, TAKEN_OVER)")),
    mutant("taken over after half the lease", 6, ("lease_ms, me = self._policy.lease_ms,", "lease_ms, me = self._policy.lease_ms // 2,")),
)  # fmt: skip
