#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fit.py [--write] [SUSPECTS [WEIGHTS]]: fit the weights of data/weights.tsv to what was judged where the
truth is known (tests/eval/suspects.tsv, by suspects.py), say what the confidence is worth, and hold the
table against the outcome: exit 1 where it says something else. --write makes it say so.

How. A finding is right with the odds of the sum of its weights. The stated prior is that of the captures
somebody looks at one in ten has anything in it that is controlled (PRIOR), so that of the families in which
a kind of finding was judged those with such a thing weigh one tenth together, the others nine tenths; captures
of a family share its weight, and the findings of a kind in a capture share that of the capture. Families in
which nothing was judged say nothing. A fit is the most probable weight when it is a priori normal around the
judged one (SHRINK), of the same sign, and within its cap.

A weight keeps its judged value unless four things hold. It was seen in findings of three families and
more, of kinds that three families and more of either truth have; what is said of each family by a fit that
never saw it is better by a twentieth (GAIN, of the log loss of all findings of the kinds it is in); it is so as
well where the tenth and the nine tenths are shared by all families in which anything was judged, of whatever
kind; and of the weights that are like this, those before it in the order of gain are fitted already.

A layer above the sum, the same for all kinds (KNOTS), is tried like a weight, and only its outcome told."""
import collections
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PRIOR = 0.1
SHRINK = 400.0  # mb: a factor of 2.5 in a likelihood ratio
GAIN = 0.05
FAMILIES = 3
BINS = ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0001))
DRAWS = 1000
KNOTS = (-2500, -1500, -1000, -500, 0, 500, 1000, 2000)  # mb
LN10 = math.log(10) / 1000


class Weight:
    def __init__(self, line):
        self.name, mb, cap, source, *self.seen, self.reason = line.split("\t")
        self.judged = int(source.rsplit(" ", 1)[1]) if source.startswith("fitted") else int(mb)
        self.cap, self.mb = int(cap), int(mb)

    def bounded(self, mb):
        return min(self.cap, max(0, mb)) if self.judged > 0 else max(-self.cap, min(0, mb))


class Suspect:
    def __init__(self, line):
        self.family, number, self.kind, truth, many, reasons = line.split("\t")
        self.capture, self.bad, self.many = (self.family, number), truth == "malicious", int(many)
        self.fixed, self.part = 0, {}
        for reason in reasons.split():
            if "=" in reason:
                self.fixed += int(reason.split("=")[1])
            else:
                name, _, hundredths = reason.partition("*")
                self.part[name] = int(hundredths or 100) / 100
        self.share = 0.0

    def odds(self, weights, fitted):
        return self.fixed + sum(x * fitted.get(n, weights[n].judged) for n, x in self.part.items())


def lines(path):
    with open(path, encoding="ascii") as text:
        return [line.rstrip("\n") for line in text]


def chance(mb):
    return 1 / (1 + math.exp(-max(-300.0, min(300.0, LN10 * mb))))


def share_out(suspects, infected, by_kind=True):
    """What each finding weighs; all families together weigh as many as there are."""
    captures, families = collections.defaultdict(collections.Counter), collections.defaultdict(set)
    for s in suspects:
        captures[s.family, s.kind][s.capture] += s.many
        families[s.kind if by_kind else ""].add(s.family)
    for s in suspects:
        these = families[s.kind if by_kind else ""]
        bad = len(these & infected)
        of = PRIOR / bad if s.family in infected else (1 - PRIOR) / (len(these) - bad)
        there = captures[s.family, s.kind]
        s.share = len(these) * of / len(there) * s.many / there[s.capture]


def fit(suspects, weights, names):
    """The most probable values of `names`, all others as judged: Newton's steps, one weight after another."""
    mb = {n: float(weights[n].judged) for n in names}
    odds = [s.odds(weights, {}) for s in suspects]
    where = {n: [(i, s.part[n]) for i, s in enumerate(suspects) if n in s.part] for n in names}
    for _ in range(200):
        moved = 0.0
        for n in names:
            slope, bend = (weights[n].judged - mb[n]) / SHRINK ** 2, 1 / SHRINK ** 2
            for i, x in where[n]:
                p = chance(odds[i])
                slope += suspects[i].share * x * LN10 * (suspects[i].bad - p)
                bend += suspects[i].share * (x * LN10) ** 2 * p * (1 - p)
            new = weights[n].bounded(mb[n] + max(-300.0, min(300.0, slope / bend)))
            step, mb[n] = new - mb[n], new
            moved = max(moved, abs(step))
            for i, x in where[n]:
                odds[i] += step * x
        if moved < 0.1:
            break
    return {n: round(v, -1) for n, v in mb.items()}


def loss(suspects, odds):
    """Mean log loss, in nats: 0.69 is a coin."""
    total = sum(s.share for s in suspects)
    return sum(-s.share * math.log(max(1e-12, chance(o) if s.bad else 1 - chance(o)))
               for s, o in zip(suspects, odds)) / total


def held_out(suspects, weights, names):
    """The odds of each finding by a fit that never saw its family."""
    odds = [s.odds(weights, {}) for s in suspects]
    for family in sorted({s.family for s in suspects if any(n in s.part for n in names)}):
        there = fit([s for s in suspects if s.family != family], weights, names)
        for i, s in enumerate(suspects):
            if s.family == family:
                odds[i] = s.odds(weights, there)
    return odds


def kinds_of(name, suspects):
    return {s.kind for s in suspects if name in s.part}


def candidates(suspects, weights):
    both = collections.defaultdict(set)
    for s in suspects:
        both[s.kind, s.bad].add(s.family)
    rich = {k for k in {k for k, _ in both} if min(len(both[k, True]), len(both[k, False])) >= FAMILIES}
    for name in weights:
        families = {s.family for s in suspects if name in s.part and s.kind in rich}
        if len(families) >= FAMILIES and kinds_of(name, suspects) <= rich:
            yield name


def ways(suspects, infected):
    """The two ways to share out the prior; the first holds when this ends."""
    share_out(suspects, infected, by_kind=False)
    yield
    share_out(suspects, infected)
    yield


def choose(suspects, weights, infected):
    """The weights that a fit earns, and what was tried: (name, fitted alone, loss before, after)."""
    tried, gain = [], {}
    for name in candidates(suspects, weights):
        there = [s for s in suspects if s.kind in kinds_of(name, suspects)]
        before = loss(there, [s.odds(weights, {}) for s in there])
        after = loss(there, held_out(there, weights, [name]))
        tried.append((name, fit(there, weights, [name])[name], before, after))
        if after < before * (1 - GAIN):
            gain[name] = (before - after) / before
    chosen = []
    for name in sorted(gain, key=lambda n: (-gain[n], n)):
        there = [s for s in suspects if s.kind in kinds_of(name, suspects)]
        if all([loss(there, held_out(there, weights, chosen + [name])) <
                (1 - GAIN) * loss(there, held_out(there, weights, chosen)) for _ in ways(suspects, infected)]):
            chosen.append(name)
    return chosen, tried


def reliability(suspects, odds):
    """Where it begins, said and is by bin, and the expected calibration error."""
    rows, error, total = [], 0.0, sum(s.share for s in suspects)
    for low, high in BINS:
        there = [(s, chance(o)) for s, o in zip(suspects, odds) if low <= chance(o) < high]
        share = sum(s.share for s, _ in there)
        if share > 0:
            said = sum(s.share * p for s, p in there) / share
            true = sum(s.share * s.bad for s, _ in there) / share
            error += share / total * abs(said - true)
            rows.append((low, said, true, sum(s.many for s, _ in there), len({s.family for s, _ in there})))
    return rows, error if total else 0.0


def draw(state):  # splitmix64, as src/evaluate/score.c has it
    state[0] = (state[0] + 0x9e3779b97f4a7c15) % 2 ** 64
    z = state[0]
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 % 2 ** 64
    z = (z ^ z >> 27) * 0x94d049bb133111eb % 2 ** 64
    return z ^ z >> 31


def draws(families):
    """Whole families, as many as there are, the same draws every time."""
    state = [0x6765]
    for _ in range(DRAWS):
        yield collections.Counter(families[draw(state) % len(families)] for _ in families)


def middle(found):
    """95 of 100."""
    found = sorted(found)
    return f"[{found[len(found) // 40]:.3f}, {found[-1 - len(found) // 40]:.3f}]" if found else "[]"


def changed(suspect, **what):
    again = Suspect.__new__(Suspect)
    again.__dict__.update(suspect.__dict__, **what)
    return again


def redrawn(pairs, taken):
    """Findings of the families that were drawn, as often as they were."""
    return [(changed(s, share=s.share * taken[s.family]), o) for s, o in pairs if taken[s.family]]


def tell_reliability(what, pairs, families):
    rows, error = reliability(*zip(*pairs))
    errors, trues = [], collections.defaultdict(list)
    for taken in draws(families):
        drawn = redrawn(pairs, taken)
        if drawn:
            again, of = reliability(*zip(*drawn))
            errors.append(of)
            for row in again:
                trues[row[0]].append(row[2])
    print(f"{what}: expected calibration error {error:.3f} {middle(errors)}")
    for low, said, true, n, of in rows:
        print(f"  said {said:.3f}   is {true:.3f} {middle(trues[low])}   of {n} findings in {of} families")


def false_share(pairs, families, infected, more):
    """Of an alert of a capture with alerts, at the prior: how often it is false and was said to be. `more`: if
    one more harmless family had a false one."""
    alerts = collections.defaultdict(collections.Counter)
    for s, o in pairs:
        if o >= 0:
            alerts[s.family].update(n=s.many, said=s.many * (1 - chance(o)), false=s.many * (not s.bad))
    bad = sum(n for f, n in families.items() if f in infected)
    clean = sum(families.values()) - bad + more
    total, said, false = (1 - PRIOR) / clean * more if clean else 0, 0.0, (1 - PRIOR) / clean * more if clean else 0
    for family, a in alerts.items():
        w = families[family] * (PRIOR / bad if family in infected else (1 - PRIOR) / clean) if families[family] else 0
        total += w
        said += w * a["said"] / a["n"]
        false += w * a["false"] / a["n"]
    return (said / total, false / total) if total else None


def tell_at_prior(pairs, families, infected):
    """What is not seen in some fifty families may be seen in the next."""
    once = collections.Counter(families)
    said, false = false_share(pairs, once, infected, 0)
    again = [x for x in (false_share(pairs, taken, infected, 0) for taken in draws(families)) if x]
    print(f"of an alert, where one capture in ten has something: said {said:.3f} false, "
          f"is {false:.3f} {middle([x[1] for x in again])}, "
          f"and {false_share(pairs, once, infected, 1)[1]:.3f} if one more harmless family had one")


class Knot:
    judged = 0

    @staticmethod
    def bounded(mb):
        return max(-1500.0, min(1500.0, mb))


def tell_layer(suspects, odds, families, infected):
    """Would a layer above the sum say it better? The decision says why there is none."""
    above, knots = [], {k: Knot for k in KNOTS}
    for _ in ways(suspects, infected):
        above = []
        for s, o in zip(suspects, odds):
            at = max(KNOTS[0], min(KNOTS[-1], o))
            i = next(i for i in range(len(KNOTS) - 1) if at <= KNOTS[i + 1])
            x = (at - KNOTS[i]) / (KNOTS[i + 1] - KNOTS[i])
            above.append(changed(s, fixed=o, part={KNOTS[i]: 1 - x, KNOTS[i + 1]: x}))
        never = held_out(above, knots, list(KNOTS))
        before, after = loss(above, odds), loss(above, never)
        print(f"\na layer above the sum: log loss {before:.4f} without it, {after:.4f} with it, of families never seen")
        for least, what in ((-1000, "low and more"), (0, "alerts")):
            tell_reliability(f"{what}, with the layer, never seen",
                             [(s, n) for s, o, n in zip(above, odds, never) if o >= least], families)
    layer = fit(above, knots, list(KNOTS))
    print("it would say " + ", ".join(f"{k + layer[k]:.0f} of {k}" for k in KNOTS))


def tell_false(pairs):
    """Of the alerts of each family, as they stand in its list: how many are false, how many were said to be."""
    said = collections.defaultdict(float)
    false = collections.Counter()
    alerts = collections.Counter()
    for s, o in pairs:
        if o >= 0:
            alerts[s.family] += s.many
            said[s.family] += s.many * (1 - chance(o))
            false[s.family] += s.many * (not s.bad)
    total, wrong = sum(said.values()), sum(false.values())
    print(f"alerts: {sum(alerts.values())} in {len(alerts)} families, expected false <= {total:.1f}, false {wrong}")
    for family in sorted(alerts):
        if false[family]:
            print(f"  {family}: {alerts[family]}, expected false <= {said[family]:.1f}, false {false[family]}")
    return wrong <= total + 2 * math.sqrt(total) + 1


def table(path, weights, fitted, suspects):
    """data/weights.tsv as it ought to be."""
    out = []
    for line in lines(path):
        if line and not line.startswith("#"):
            w = weights[line.split("\t")[0]]
            there = [s for s in suspects if w.name in s.part]
            counts = (str(sum(s.many for s in there if s.bad)), str(sum(s.many for s in there if not s.bad)),
                      str(len({s.family for s in there}))) if there else ("-", "-", "-")
            mb, source = w.judged, "judgement"
            if w.name in fitted:
                mb, source = int(fitted[w.name]), f"fitted from {w.judged}"
            line = "\t".join((w.name, str(mb), str(w.cap), source, *counts, w.reason))
        out.append(line + "\n")
    return "".join(out)


def main():
    words = [a for a in sys.argv[1:] if a != "--write"]
    data = words[0] if words else os.path.join(HERE, "suspects.tsv")
    path = words[1] if len(words) > 1 else os.path.join(HERE, "..", "..", "data", "weights.tsv")
    weights = {w.name: w for w in (Weight(line) for line in lines(path) if line and not line.startswith("#"))}
    rows = [Suspect(line) for line in lines(data) if not line.startswith("#")]
    infected = {s.family for s in rows if s.kind == "-" and s.bad}
    suspects = [s for s in rows if s.kind != "-"]
    gone = {n for s in suspects for n in s.part} - set(weights)
    if gone:
        sys.exit(f"{data} knows {', '.join(sorted(gone))}, the table does not: let suspects.py make it anew")
    share_out(suspects, infected)
    families = sorted({s.family for s in suspects})
    of = {s.family for s in rows}
    print(f"{len(infected)} families with something controlled and {len(of - infected)} without; something was judged in "
          f"{len(infected & set(families))} and {len(set(families) - infected)}: {sum(s.many for s in suspects)} findings "
          f"in {len({s.capture for s in suspects})} captures")

    chosen, tried = choose(suspects, weights, infected)
    print("\nweight                        judged  fitted  log loss  never seen")
    for name, mb, before, after in sorted(tried, key=lambda t: t[3] / t[2]):
        print(f"{name:<28} {weights[name].judged:>7} {mb:>7.0f} {before:>9.4f} {after:>11.4f}"
              f"{'  taken' if name in chosen else ''}")
    fitted = fit(suspects, weights, chosen)
    judged = [s.odds(weights, {}) for s in suspects]
    never = held_out(suspects, weights, chosen)
    print(f"\nlog loss of findings never seen: {loss(suspects, judged):.4f} as judged, {loss(suspects, never):.4f} fitted")
    for least, what in ((-10 ** 6, "all that was judged"), (-1000, "low and more"), (0, "alerts")):
        for title, odds in (("as judged", judged), ("fitted, never seen", never)):
            pairs = [(s, o) for s, o in zip(suspects, odds) if o >= least]
            if odds is never or fitted:
                tell_reliability(f"{what}, {title}", pairs, families)
    pairs = list(zip(suspects, never))
    holds = tell_false(pairs)
    tell_at_prior(pairs, sorted(infected | set(families)), infected)
    tell_layer(suspects, never, families, infected)

    want, have = table(path, weights, fitted, suspects), "".join(line + "\n" for line in lines(path))
    if "--write" in sys.argv[1:]:
        with open(path, "w", encoding="ascii") as f:
            f.write(want)
    elif want != have:
        print(f"{path} is not what the fit gives: fit.py --write", file=sys.stderr)
        return 1
    if not holds:
        print("more alerts are false than was said", file=sys.stderr)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
