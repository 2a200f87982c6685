"""Mistakes that people make with rings."""

from twitterlab.course.mutants import mutant

HASHED = 'int.from_bytes(blake2b(f"{member.name}#{number}".encode(), digest_size=8).digest())'
LABEL = 'f"{member.name}#{number}"'
ARC = "arc = bisect(self._places, place_of_key(key))"
JOINED = "        self._join(member)\n        self._build()\n        # END SOLUTION\n\n    def remove"

MUTANTS = (
    mutant("points are placed by Python's hash", 1, (HASHED, f"hash({LABEL}) & LAST")),
    mutant("points are placed by who came first", 1,
           ("self._points += _points_of(member)", "self._points += [(place, member.name) for place, _ in "
            "_points_of(Member(next(iter(self._members)) + member.name, weight=member.weight))]")),
    mutant("a ring that was built and one that grew have other points", 1,
           ("            self._join(member)\n", "            self._join(member)\n"
            "        self._points = [(place * 3 & LAST, name) for place, name in self._points]\n")),
    mutant("keys are placed by Python's hash of their text", 1,
           (ARC, "arc = bisect(self._places, hash(str(key)) & LAST)")),
    mutant("the owner is the key's hash modulo the members", 2,
           (ARC, "arc = self._arcs[place_of_key(key) % len(self._arcs)]"),
           ("        self._owner += self._owner[:1]", "        first = {name: at for at, (name,) in reversed(list(enumerate("
            "self._owner)))}\n        self._arcs = [first[name] for name in sorted(first) for _ in range("
            "self._members[name].weight)]\n        self._owner += self._owner[:1]")),
    mutant("points are numbered by how many members there are", 2,
           ("        self._points.sort()\n", "        self._points = [point for each in self._members.values() for point in "
            "_points_of(each, len(self._members))]\n        self._points.sort()\n"),
           ("def _points_of(member: Member) ->", "def _points_of(member: Member, of: int = 0) ->"),
           (LABEL, 'f"{member.name}#{number}#{of}"')),
    mutant("preference lists outlive a join", 2,
           ("        self._preferred: dict[int, tuple[str, ...]] = {}  # by arc, so it is bounded\n", ""),
           ("        self._members: dict[str, Member] = {}\n",
            "        self._members: dict[str, Member] = {}\n        self._preferred = {}\n")),
    mutant("who leaves stays on the ring", 2,
           ("        self._points = [point for point in self._points if point[1] != name]\n", "")),
    mutant("who leaves takes one point along and forgets the rest", 2,
           ("self._points = [point for point in self._points if point[1] != name]",
            "self._points.remove(next(point for point in self._points if point[1] == name))")),
    mutant("one point a member", 4, ("range(member.weight * VIRTUAL_NODES)", "range(member.weight)")),
    mutant("weights are left out", 4, ("range(member.weight * VIRTUAL_NODES)", "range(VIRTUAL_NODES)")),
    mutant("points side by side are one point", 4,
           (HASHED, '(int.from_bytes(blake2b(member.name.encode(), digest_size=8).digest()) + number) & LAST')),
    mutant("keys are not hashed", 4, (ARC, "arc = bisect(self._places, key << 1)")),
    mutant("who joins later comes without its weight", 3,
           (JOINED, JOINED.replace("self._build()", "if member.weight > 1:\n            self._points = "
            "self._points[:-VIRTUAL_NODES]\n        self._build()"))),
    mutant("who joins later comes with twice as many points", 3,
           (JOINED, JOINED.replace("self._build()", "more = _points_of(Member(member.name + '+', weight=member.weight))\n"
            "        self._points += [(place, member.name) for place, _ in more]\n        self._build()"))),
    mutant("two virtual nodes of one member are two copies", 5,
           ("            if name not in met:\n                met.add(name)\n                yield name\n", "            yield name\n"),
           ("            if first_of_zone.setdefault(self._members[name].zone, name) != name:",
            "            if name in first_of_zone.values() or "
            "first_of_zone.setdefault(self._members[name].zone, name) != name:")),
    mutant("zones are left out", 5, ("return (*first_of_zone.values(), *others)",
                                     "return tuple(self._walk(arc))")),
    mutant("one owner a zone and no more", 5, ("return (*first_of_zone.values(), *others)",
                                               "return (*first_of_zone.values(),)")),
    mutant("more than there are is refused", 5,
           ("        if not self._members:\n            return ()\n",
            "        if not self._members:\n            return ()\n        if count > len(self._members):\n"
            "            raise ValueError(count)\n")),
    mutant("a name joins twice", 6, ("if member.name in self._members:", "if False:")),
    mutant("a weight of 0 joins", 6, ("if member.weight < 1:", "if member.weight < 0:")),
    mutant("a stranger leaves with a KeyError", 6, ("if name not in self._members:", "if False:")),
    mutant("no owners can be asked for", 6, ("if count < 1:", "if count < 0:")),
    mutant("an empty ring raises IndexError", 6, ("        if not self._members:\n            return ()\n", "")),
    mutant("every point is looked at", 7,
           (ARC, "place = place_of_key(key)\n        arc = sum(each <= place for each in self._places)")),
    mutant("the points are sorted at every question", 7,
           (ARC, "arc = bisect(sorted(self._places), place_of_key(key))")),
)  # fmt: skip
