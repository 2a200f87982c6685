"""Mistakes that people make with balancers."""

from twitterlab.course.mutants import mutant

LESS = "return other if other.in_flight < one.in_flight else one"
JUDGE = "known.failures = 0 if is_ok else known.failures + 1"
SLOW = "if known.failures >= self._policy.failures_to_eject or self._is_slow(known):"
DOUBLE = "known.ejection_ms = min(max(self._policy.ejection_ms, 2 * known.ejection_ms), self._policy.max_ejection_ms)"
DUE = "return known.trial_ms is None and now_ms >= known.opened_ms + known.ejection_ms"
GIVE_UP = "if known.trial_ms is not None and now_ms >= known.trial_ms + self._policy.trial_timeout_ms:"
CLOSE = "if known.good_trials == self._policy.successes_to_close:"
ILL = "return self.was_left or now_ms - self.since_ms >= self.policy.leave_after_ms"
WELL = "return self.was_left and now_ms - self.since_ms < self.policy.return_after_ms"
ROOM = "able = [known for known in region.closed if known.bucket.has_room(now_ms) and known.name not in but]"
LATE = "if known.in_flight == 0 or known.left_ms < sent_ms <= known.opened_ms:"

MUTANTS = (
    mutant("one choice", 1, (LESS, "return one")),
    mutant("the busier of two", 1, (LESS, "return other if other.in_flight > one.in_flight else one")),
    mutant("the least busy of all", 1,
           ("return _less_busy_of_two(able, chance).send()", "return min(able, key=lambda known: known.in_flight).send()")),
    mutant("one failure is enough", 2, (SLOW, SLOW.replace("known.failures >= self._policy.failures_to_eject", "known.failures >= 1"))),
    mutant("failures are counted for ever", 2, (JUDGE, "known.failures += not is_ok")),
    mutant("nobody is ejected for failing", 2, (SLOW, "if self._is_slow(known):")),
    mutant("nobody is ejected for being slow", 2, (SLOW, SLOW.replace(" or self._is_slow(known)", ""))),
    mutant("every ejection lasts as long", 2, (DOUBLE, "known.ejection_ms = self._policy.ejection_ms")),
    mutant("ejections grow without an end", 2, (DOUBLE, "known.ejection_ms = max(self._policy.ejection_ms, 2 * known.ejection_ms)")),
    mutant("a backend that was closed is still on its last ejection", 2,
           ("known.ejection_ms = known.failures = 0", "known.failures = 0")),
    mutant("half-open lets everything through", 3, (DUE, "return now_ms >= known.opened_ms + known.ejection_ms")),
    mutant("a trial is waited for without end", 3, (GIVE_UP, "if False:")),
    mutant("one good trial closes", 3, (CLOSE, "if known.good_trials >= 1:")),
    mutant("a region is left at once", 4, (ILL, "return True")),
    mutant("a region is used again at once", 4, (WELL, "return False")),
    mutant("a region that was left is left for ever", 4, (WELL, "return self.was_left")),
    mutant("no region is ever left", 4, (ILL, "return False")),
    mutant("capacity is not looked at", 5, (ROOM, "able = [known for known in region.closed if known.name not in but]")),
    mutant("what home cannot take is refused", 5, ("for region in regions or self._regions.values():", "for region in (regions or list(self._regions.values()))[:1]:")),
    mutant("an answer that nobody waits for counts", 6, (LATE, "if known.left_ms < sent_ms <= known.opened_ms:")),
    mutant("in flight only grows", 6, ("        known.in_flight -= 1\n        if sent_ms", "        if sent_ms")),
    mutant("the late answer of a trial that was given up counts", 6, (LATE, "if known.in_flight == 0:")),
)  # fmt: skip
