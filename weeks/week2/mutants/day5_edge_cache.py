"""Mistakes that people make with edges."""

from twitterlab.course.mutants import mutant

AGED = "if age_ms < response.ttl_ms + response.stale_ms:"
OPENED = "self._begin(key, now_ms) if is_stale and ticket is None else None"
JOINED = "return Fetch(self._begin(key, now_ms)) if ticket is None else Join(ticket)"
GIVEN_UP = "if ticket is not None and now_ms - self._open[ticket].at_ms >= FETCH_TIMEOUT_MS:"
PRIVATE = "        if response.is_private:\n            self._drop(fetch.key)\n            return Share.NOBODY\n"
OVERTAKEN = "        if is_overtaken:\n            return Share.AGAIN\n"
ADMIT = "if victim is None or self._often.of(victim) > self._often.of(key):"

MUTANTS = (
    mutant("a copy lives for ever", 1, (AGED, "if True:")),
    mutant("a lifetime begins with the request", 1,
           ("self._keep(fetch.key, response, now_ms)", "self._keep(fetch.key, response, fetch.at_ms)")),
    mutant("a copy is served one millisecond too long", 1, (AGED, AGED.replace("<", "<="))),
    mutant("a stale copy is thrown away", 2, (AGED, "if age_ms < response.ttl_ms:")),
    mutant("every reader of a stale copy fetches", 2, (OPENED, "self._begin(key, now_ms) if is_stale else None")),
    mutant("a stale copy is served and nobody fetches", 2, (OPENED, "None")),
    mutant("everybody who misses asks the origin", 3, (JOINED, "return Fetch(self._begin(key, now_ms))")),
    mutant("a fetch is joined for ever", 3, (GIVEN_UP, "if False:")),
    mutant("a fetch is given up one millisecond early", 3, (GIVEN_UP, GIVEN_UP.replace(">=", ">= -1 +"))),
    mutant("what comes late is kept", 3,
           ("        if fetch is None:\n            return Share.AGAIN\n",
            "        if fetch is None:\n            for key in self._fetching:\n                self._keep(key, response, now_ms)\n"
            "            return Share.AGAIN\n")),
    mutant("a purge goes by key", 4,
           ("for key in list(self._tagged.get(tag, ())):", "for key in [each for each in self._copies if each == tag]:")),
    mutant("a purge takes everything", 4, ("for key in list(self._tagged.get(tag, ())):", "for key in list(self._copies):")),
    mutant("a purge during a fetch is forgotten", 4, (OVERTAKEN, "")),
    mutant("an overtaken answer is not kept, but given to who joined", 4,
           (OVERTAKEN, "        if is_overtaken:\n            return Share.ALL\n")),
    mutant("any purge overtakes every fetch", 4,
           ("any(self._purged.get(tag, 0) > fetch.purges for tag in response.tags)", "self._purges > fetch.purges")),
    mutant("a purge long ago still counts", 4,
           ("any(self._purged.get(tag, 0) > fetch.purges for tag in response.tags)", "any(tag in self._purged for tag in response.tags)")),
    mutant("a private answer is kept", 5, (PRIVATE, "        if response.is_private:\n            self._keep(fetch.key, response, now_ms)\n            return Share.NOBODY\n")),
    mutant("a private answer is given to who joined", 5, (PRIVATE, "        if response.is_private:\n            return Share.ALL\n")),
    mutant("warming keeps what is private", 5, ("if not response.is_private:", "if True:")),
    mutant("a failure leaves its fetch open", 6, ("        self._close(ticket)\n        # END SOLUTION", "        pass\n        # END SOLUTION")),
    mutant("a failure throws the stale copy away", 6,
           ("        self._close(ticket)\n        # END SOLUTION",
            "        fetch = self._close(ticket)\n        if fetch is not None:\n            self._drop(fetch.key)\n        # END SOLUTION")),
    mutant("whoever was asked for last stays", 7, (ADMIT, "if victim is None:")),
    mutant("who is in stays in", 7, (ADMIT, "if True:")),
    mutant("nothing is ever pushed out", 7, ("if len(self._copies) >= self._capacity:", "if False:")),
)  # fmt: skip
