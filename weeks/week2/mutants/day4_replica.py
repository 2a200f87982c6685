"""Mistakes that people make with replicas."""

from twitterlab.course.mutants import mutant

TICK = "self._clock = (now_ms, 0) if now_ms > at_ms else (at_ms, count + 1)"
HEARD = "self._clock = max(self._clock, *stamps) if stamps else self._clock"
OLDER = "            if held is not None and held[0] >= stamp:\n                return False\n"
EARLY = "            if dot in self._early:\n                return False\n"
DOTS = "dots = self._sets.get(change.key, {}).get(change.element, ())"
SKIP = "            if since > seen or until <= seen:\n                continue\n"
SKEW = "if any(at_ms > now_ms + MAX_SKEW_MS for at_ms, _ in stamps):"
FORGET_EARLY = "            self._early = {dot for dot in self._early if dot[1] > self._seen.get(dot[0], 0)}\n"
NEW = "if number > seen and self._apply(name, number, operation):"

MUTANTS = (
    mutant("whatever arrives last is written over", 1, (OLDER, "")),
    mutant("a change is passed on by its maker alone", 1,
           ("for name, seen in self._seen.items():", "for name, seen in [(self._name, self._seen[self._name])]:")),
    mutant("what was removed before it came is let in", 2, (EARLY, "")),
    mutant("a removal takes away what it has not seen", 1,
           ("        held = self._sets.get(key, {}).get(element, set())\n",
            "        held = self._sets.get(key, {}).get(element, set())\n        held.clear()\n")),
    mutant("ties are decided by who asks", 1, ("stamp = (*operation[-2:], name)", "stamp = (*operation[-2:], name == self._name)")),
    mutant("remove takes away nothing", 2, (DOTS, "dots = ()")),
    mutant("remove takes away one addition of several", 2,
           (DOTS, "dots = sorted(self._sets.get(change.key, {}).get(change.element, ()))[:1]")),
    mutant("the first writer wins", 3, ("held[0] >= stamp:", "held[0] <= stamp:")),
    mutant("the greater name wins", 3, ("stamp = (*operation[-2:], name)", "stamp = (name, *operation[-2:])")),
    mutant("nobody hears of others' clocks", 4, (HEARD, "pass")),
    mutant("stamps are the clock of the wall", 4, (TICK, "self._clock = (now_ms, 0)")),
    mutant("the count does not go on while the clock stands", 4, (TICK, TICK.replace("count + 1", "count"))),
    mutant("each stamp is a millisecond later than the last", 4, (TICK, TICK.replace("(at_ms, count + 1)", "(at_ms + 1, 0)"))),
    mutant("a broken clock is believed", 4, (SKEW, "if False:")),
    mutant("the skew that is allowed is refused", 4, (SKEW, SKEW.replace("> now_ms", ">= now_ms"))),
    mutant("a delta is refused after it was half taken in", 4,
           (f"        {SKEW}\n            raise ValueError(f\"a stamp is more than {{MAX_SKEW_MS}} ms ahead of this clock\")\n", ""),
           ("            for number, operation in news:\n",
            "            for number, operation in news:\n                if operation[-2] > now_ms + MAX_SKEW_MS:\n"
            "                    raise ValueError(name)\n")),
    mutant("a counter is what was counted last", 5, ('return ["count", change.key, total + change.by]', 'return ["count", change.key, change.by]')),
    mutant("a counter is the greatest total of all", 5,
           ("return sum(total for _, total in self._counters.get(key, {}).values())",
            "return max((total for _, total in self._counters.get(key, {}).values()), default=0)")),
    mutant("everything is sent every time", 6,
           ("found[name] = [since, seen, self._newer(name, since)]", "found[name] = [0, seen, self._newer(name, 0)]")),
    mutant("there is always a delta", 6, ("return found or None", "return found")),
    mutant("a hole is jumped over", 6, (SKIP, "            if until <= seen:\n                continue\n")),
    mutant("what was overwritten is sent as well", 6, ("self._log.get(dot[0], {}).pop(dot[1], None)", "pass")),
    mutant("a removal is for ever", 2,
           (EARLY, "            if (key, value) in self._early:\n                return False\n"),
           ("        held = self._sets.get(key, {}).get(element, set())\n",
            "        held = self._sets.get(key, {}).get(element, set())\n        held.clear()\n        self._early.add((key, element))\n"),
           (FORGET_EARLY, "")),
    mutant("of an addition and a removal the later wins", 2,
           (EARLY, "            stamp = (*operation[-2:], name)\n            if vars(self).setdefault('_gone', {}).get((key, value), ()) > stamp:\n"
                   "                return False\n            vars(self).setdefault('_since', {})[dot] = stamp\n"),
           ("            self._remove(key, value, operation[3])\n",
            "            stamp, since = (*operation[-2:], name), vars(self).setdefault('_since', {})\n"
            "            gone = vars(self).setdefault('_gone', {})\n"
            "            gone[key, value] = max(gone.get((key, value), ()), stamp)\n"
            "            held = self._sets.get(key, {}).get(value, set())\n"
            "            self._remove(key, value, [list(dot) for dot in sorted(held) if since[dot] < stamp])\n")),
    mutant("what was removed comes back with a longer delta", 2, (NEW, NEW.replace("number > seen", "number >= seen"))),
    mutant("every key of a delta is named as changed", 6,
           (NEW, "changed.add(operation[1])\n                if number > seen and self._apply(name, number, operation):")),
    mutant("nothing is named as changed", 6, ("changed.add(operation[1])", "pass")),
    mutant("changes are numbered from 1 after a restart", 7,
           ("number = self._seen[self._name] + 1\n", "self._made = getattr(self, '_made', 0) + 1\n        number = self._made\n")),
)  # fmt: skip
