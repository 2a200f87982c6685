"""Mistakes that people make with percentiles."""

from twitterlab.course.mutants import mutant

MUTANTS = (
    mutant("the bucket's upper edge is answered", 1,
           ("return exp(index * LOG_GAMMA) * (1 - ALPHA)", "return exp(index * LOG_GAMMA)")),
    mutant("the rank is rounded down", 1, ("max(1, ceil(q * self._count))", "max(1, int(q * self._count))")),
    mutant("the rank counts from zero", 1, ("max(1, ceil(q * self._count))", "ceil(q * self._count) + 1")),
    mutant("buckets are twice too wide", 1, ("ALPHA = RELATIVE_ERROR * 0.99", "ALPHA = RELATIVE_ERROR * 2")),
    mutant("what is below a millisecond is one bucket", 1,
           ("latency_ms = min(max(latency_ms, MIN_MS), MAX_MS)", "latency_ms = min(max(latency_ms, 1.0), MAX_MS)")),
    mutant("a merge forgets the errors", 2, ("        self._errors += other.errors\n", "")),
    mutant("a merge forgets the busy time", 2, ("        self._busy_ms += other.busy_ms\n", "")),
    mutant("a merge replaces equal buckets", 2,
           ("self._buckets[index] += count\n            self._count += count", "self._count += count - self._buckets[index]\n            self._buckets[index] = count")),
    mutant("the p99 of a merge is the mean of two", 3,
           ("        for index, count in other.buckets:\n            self._buckets[index] += count\n            self._count += count",
            "        mine, theirs = self.quantile(0.99), type(self)()\n        theirs._buckets.update(dict(other.buckets))\n"
            "        theirs._count = sum(theirs._buckets.values())\n        for index, count in other.buckets:\n"
            "            self._buckets[index] += count\n            self._count += count\n"
            "        self._mean99 = (mine + theirs.quantile(0.99)) / 2 if mine else 0.0"),
           ("        rank = max(1, ceil(q * self._count))", "        if q == 0.99 and getattr(self, '_mean99', 0):\n            return self._mean99\n        rank = max(1, ceil(q * self._count))")),
    mutant("a bucket for every value", 4,
           ("self._buckets[ceil(log(latency_ms) / LOG_GAMMA)] += 1", "self._buckets[ceil(log(latency_ms) / LOG_GAMMA * 1000)] += 1"),
           ("return exp(index * LOG_GAMMA) * (1 - ALPHA)", "return exp(index / 1000 * LOG_GAMMA)")),
    mutant("buckets far too narrow", 4, ("ALPHA = RELATIVE_ERROR * 0.99", "ALPHA = RELATIVE_ERROR * 0.1")),
    mutant("every value is kept beside its bucket", 5,
           ("        self._busy_ms += latency_ms\n", "        self._busy_ms += latency_ms\n        self.__dict__.setdefault('_all', []).append(latency_ms)\n")),
    mutant("every value is kept sorted", 5,
           ("        self._busy_ms += latency_ms\n", "        self._busy_ms += latency_ms\n        kept = self.__dict__.setdefault('_all', [])\n        kept.append(latency_ms)\n        kept.sort()\n")),
    mutant("counting walks the buckets", 5, ("self._count += 1\n", "self._count = sum(self._buckets.values())\n")),
    mutant("failures are no traffic", 6, ("traffic_per_s=self._count / window_s", "traffic_per_s=(self._count - self._errors) / window_s")),
    mutant("errors are a share, not a percentage", 6, ("100 * self._errors / max(1", "self._errors / max(1")),
    mutant("an empty meter divides by zero", 6, ("max(1, self._count),\n", "self._count,\n")),
    mutant("saturation is over 100", 6, ("min(100.0, self._busy_ms / (workers * window_s * 10))", "self._busy_ms / (workers * window_s * 10)")),
    mutant("saturation forgets the workers", 6, ("(workers * window_s * 10)", "(window_s * 10)")),
    mutant("seconds and milliseconds are mixed up", 6, ("(workers * window_s * 10)", "(workers * window_s / 100)")),
)  # fmt: skip
