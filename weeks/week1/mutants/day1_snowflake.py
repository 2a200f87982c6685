"""Mistakes that people make with ids."""

from twitterlab.course.mutants import mutant

AHEAD = "if now_ms > self._last_ms:\n            self._last_ms, self._sequence = now_ms, 0"
FULL = "if self._sequence == 1 << SEQUENCE_BITS:\n            return Wait(self._last_ms + 1)\n"
BEHIND = "        if now_ms < self._last_ms:\n            return Wait(self._last_ms)\n"

MUTANTS = (
    mutant("the epoch is 1970", 1, ("(fields.at_ms - EPOCH_MS, TIME_BITS)", "(fields.at_ms, TIME_BITS)"),
           ("return IdFields(EPOCH_MS + since_ms, machine, sequence)", "return IdFields(since_ms, machine, sequence)")),
    mutant("decode swaps machine and sequence", 1,
           ("IdFields(EPOCH_MS + since_ms, machine, sequence)", "IdFields(EPOCH_MS + since_ms, sequence, machine)")),
    mutant("encode does not look whether a field fits", 1, ("if not 0 <= value < 1 << bits:", "if False:")),
    mutant("decode takes what is no id", 1, ("if not 0 <= tweet_id < 1 << 63:", "if False:")),
    mutant("a machine of 1,024 is taken", 1, ("if not 0 <= machine < 1 << MACHINE_BITS:", "if machine < 0:")),
    mutant("the sequence goes on into the next millisecond", 3,
           (AHEAD, "if now_ms > self._last_ms:\n            self._last_ms = now_ms")),
    mutant("the sequence is forgotten", 2, ("        self._sequence += 1\n", "")),
    mutant("the sequence counts down", 2,
           ("self._last_ms, self._machine, self._sequence))", "self._last_ms, self._machine, 4095 - self._sequence))")),
    mutant("ids begin one millisecond late", 2,
           ("made = self.encode(IdFields(self._last_ms, ", "made = self.encode(IdFields(self._last_ms + 1, ")),
    mutant("the sequence wraps round within a millisecond", 3,
           (FULL, "self._sequence %= 1 << SEQUENCE_BITS\n")),
    mutant("a full millisecond waits for itself", 3, ("return Wait(self._last_ms + 1)", "return Wait(self._last_ms)")),
    mutant("a full millisecond borrows from the next without waiting", 3,
           (FULL, "if self._sequence == 1 << SEQUENCE_BITS:\n            self._last_ms, self._sequence = self._last_ms + 1, 0\n")),
    mutant("one id in a millisecond is left unused", 3,
           ("if self._sequence == 1 << SEQUENCE_BITS:", "if self._sequence == (1 << SEQUENCE_BITS) - 1:")),
    mutant("the clock is trusted after a step back", 4,
           (BEHIND, ""), ("if now_ms > self._last_ms:", "if now_ms != self._last_ms:")),
    mutant("a step back goes on with the last millisecond", 4, (BEHIND, "        now_ms = max(now_ms, self._last_ms)\n")),
    mutant("a long step back waits for ever", 4, ("if now_ms < self._last_ms - MAX_CLOCK_STEP_BACK_MS:", "if False:")),
    mutant("a short step back is refused", 4, ("self._last_ms - MAX_CLOCK_STEP_BACK_MS:", "self._last_ms:")),
    mutant("every machine is machine 0", 5, ("IdFields(self._last_ms, self._machine, ", "IdFields(self._last_ms, 0, ")),
)  # fmt: skip
