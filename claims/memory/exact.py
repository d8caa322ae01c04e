"""Statistics of what is exact: reference policies, walks, necklaces, the discount."""

import numpy as np

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.memory import confidence, necklaces, walks
from jamming.memory.arms import Arms, alpha, symmetric
from jamming.memory.graphs import memento, ram
from jamming.memory.necklace_policy import limit, necklace_policy, printed_limit
from jamming.memory.policies import discounted, exact_q
from jamming.memory.steady import steady_state

SMALL = 1e-8  # r that stands for its limit, with a best eps of order 1e-4
MUS = (0.1, 0.3)
PAIRS = (Arms(0.9, 0.6), Arms(0.7, 0.2), Arms(0.55, 0.5))
MEMENTOS = (2, 3, 4)


def column() -> Measured:
    """Largest relative distance of the best exact q at r = {r:g} from the formula, M = 1 to {M} and
    mu = {mu:g}; {seen}."""
    mu, sizes = 0.1, range(1, 9)
    arms = symmetric(mu)
    found = {M: confidence.best_column(M, arms, SMALL)[1] for M in sizes}
    due = {M: 1 / (1 + alpha(mu) ** (1 - 2 * M)) for M in sizes}
    off = [abs(found[M] / due[M] - 1) for M in sizes]
    seen = ", ".join(f"q({M}) = {found[M]:.5f} where it says {due[M]:.5f}" for M in (2, 3, 8))
    return st.exact(max(off), len(off)).saying(r=SMALL, M=max(sizes), mu=mu, seen=seen)


def leaving() -> Measured:
    """Largest relative distance of the best eps from the corrected formula, M = {sizes}, mu =
    {mus}, r = {r:g}; in sqrt(r) they are {seen} at mu = 0.1, {far:.3f} by that of large M."""
    sizes = (2, 3, 8, 20)
    off, seen = [], []
    for mu in MUS:
        for M in sizes:
            best = confidence.best_column(M, symmetric(mu), SMALL)[0]
            off.append(abs(best / confidence.best_leave(M, mu, SMALL) - 1))
            seen.append(f"{best / SMALL**0.5:.3f}")
    said = {"sizes": ", ".join(map(str, sizes)), "mus": ", ".join(map(str, MUS)), "r": SMALL}
    far = float(np.sqrt(2 / (1 - MUS[0] ** 2)))
    few = ", ".join(seen[: len(sizes)])
    return st.exact(max(off), len(off)).saying(seen=few, far=far, **said)


def approach() -> Measured:
    """The farther from 1/2 of the slopes of log(q - q_0) in log r, M = {M}, mu = {mu}, r from
    {most:g} to {least:g} a decade each: {slopes}."""
    M, mu = 4, 0.1
    arms, rs = symmetric(mu), np.array([1e-4, 1e-5, 1e-6, 1e-7])
    above = [confidence.best_column(M, arms, r)[1] - confidence.column_limit(M, arms) for r in rs]
    slopes = np.diff(np.log(above)) / np.diff(np.log(rs))
    worst = slopes[np.argmax(np.abs(slopes - 0.5))]
    said = {"M": M, "mu": mu, "most": float(rs[0]), "least": float(rs[-1])}
    return st.exact(worst, len(rs)).saying(slopes=", ".join(f"{s:.3f}" for s in slopes), **said)


def chain() -> Measured:
    """Largest relative distance of the exact q at eps = {eps:g} from the formula, M = {least} to
    {most}, mu = {mus}."""
    eps, sizes = 1e-6, range(2, 11)
    off = []
    for mu in MUS:
        for M in sizes:
            q = exact_q(ram(M), confidence.chain(M, eps), symmetric(mu), 1e-12)
            off.append(abs(q / confidence.chain_limit(M, mu) - 1))
    said = {"eps": eps, "least": min(sizes), "most": max(sizes), "mus": ", ".join(map(str, MUS))}
    return st.exact(max(off), len(off)).saying(**said)


def general_arms() -> Measured:
    """Largest relative distance of the exact q of the column at eps = {eps:g} and r = {r:g} from
    the formula, arms {pairs}, M = 1 to {M}."""
    eps, r, sizes = 1e-12, 1e-24, range(1, 6)
    off = [
        abs(confidence.column_q(M, eps, arms, r) / confidence.column_limit(M, arms) - 1)
        for arms in PAIRS
        for M in sizes
    ]
    said = ", ".join(f"({each.good:g}, {each.bad:g})" for each in PAIRS)
    return st.exact(max(off), len(off)).saying(eps=eps, r=r, pairs=said, M=max(sizes))


def lemmas() -> Measured:
    """Largest distance of both formulas from the exact walks, {n} random chains of up to {most}
    sites; the ends are left with chances of {eps:g}."""
    n, most, eps, off = 50, 12, 1e-12, []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        sites = int(rng.integers(1, most + 1))
        left, right = 0.5 * rng.uniform(0.1, 1, (2, sites))
        # what is absorbed at the right end, of what starts at the first site
        flow = np.diag(left[1:], 1) + np.diag(right[:-1], -1) - np.diag(left + right)
        reaches = np.linalg.solve(flow.T, -right * (np.arange(sites) == sites - 1))[0]
        off.append(abs(reaches - walks.crossing(left, right)))
        L, R = rng.uniform(0.1, 1, 2)
        up, down = np.concatenate([[eps * R], right]), np.concatenate([left, [eps * L]])
        T = np.diag(up, -1) + np.diag(down, 1)
        T += np.diag(1 - T.sum(0))
        p = steady_state(T, np.full(sites + 2, 1 / (sites + 2)), 1e-30)
        off.append(abs(p[-1] - walks.end_occupation(left, right, L, R)))
    return st.exact(max(off), n).saying(n=n, most=most, eps=eps)


def necklace() -> Measured:
    """Largest relative distance of the exact q at eps_0 = {eps_0:g}, eps_1 = {eps_1:g} and r =
    {r:g} from q*, m = {m}; {seen}."""
    r, eps_0, eps_1, mu = 1e-14, 1e-8, 1e-4, 0.1
    found = [necklace_policy(m).q(eps_0, eps_1, symmetric(mu), r) for m in MEMENTOS]
    due = [limit(m, mu) for m in MEMENTOS]
    off = [abs(a / b - 1) for a, b in zip(found, due, strict=True)]
    seen = ", ".join(f"{a:.5f} where it says {b:.5f}" for a, b in zip(found, due, strict=True))
    said = {"m": ", ".join(map(str, MEMENTOS)), "r": r, "eps_0": eps_0, "eps_1": eps_1}
    return st.exact(max(off), len(off)).saying(seen=seen, **said)


def necklace_arms() -> Measured:
    """The same of general arms {pairs}, m = {m}, at eps_0 = {eps_0:g} and eps_1 = {eps_1:g}."""
    eps_0, eps_1, off = 1e-24, 1e-10, []
    for m in MEMENTOS:
        of = necklace_policy(m)
        for arms in PAIRS:
            off.append(abs(of.q(eps_0, eps_1, arms, 1e-36) / printed_limit(m, arms) - 1))
    said = ", ".join(f"({each.good:g}, {each.bad:g})" for each in PAIRS)
    all_m = ", ".join(map(str, MEMENTOS))
    return st.exact(max(off), len(off)).saying(pairs=said, m=all_m, eps_0=eps_0, eps_1=eps_1)


def counted() -> Measured:
    """How many of these are not as said: N(1) to N(8) by Polya's formula and by listing all words,
    N(m) of prime m; n(4) < N(4); n(m) = N(m) for m = 2, 3, 5, 7. n(2) to n(7) = {chains}."""
    primes = (2, 3, 5, 7)
    n = {m: len(necklaces.gray_chain(m)) for m in range(2, 8)}
    off = [necklaces.count(m) != len(necklaces.necklaces(m)) for m in range(1, 9)]
    off += [necklaces.count(m) != 2 + (2**m - 2) // m for m in primes]
    off += [n[m] != necklaces.count(m) for m in primes]
    off += [(n[4], necklaces.count(4)) != (5, 6)]
    chains = ", ".join(map(str, n.values()))
    return st.exact(sum(off), len(off)).saying(chains=chains)


def order_of_limits() -> Measured:
    """The least ratio of q, from one step of the way to r << eps_0 << eps_1 << 1 to the next, and
    of the last one to q*, m = {m}: at m = 3 q is {seen} on the way to {limit:.4f}."""
    mu, seen = 0.1, ""
    # ever farther apart
    way = [(10.0 ** (-4 * k), 10.0 ** (-2.5 * k), 10.0**-k) for k in (1, 1.5, 2, 3, 4)]
    least = np.inf
    for m in MEMENTOS:
        of = necklace_policy(m)
        q = np.array([of.q(e0, e1, symmetric(mu), r) for r, e0, e1 in way] + [limit(m, mu)])
        least = min(least, float((q[:-1] / q[1:]).min()))
        seen = ", ".join(f"{x:.4f}" for x in q[:-1]) if m == 3 else seen
    sizes = ", ".join(map(str, MEMENTOS))
    return st.exact(least, len(way)).saying(m=sizes, seen=seen, limit=limit(3, mu))


def discount() -> Measured:
    """Largest difference of E[R]/r with resets and of the sum of discounted rewards, {n} random
    policies of RAM(3) and Memento(2), r = {r:g}, {steps} plays."""
    r, steps, n, off = 0.05, 800, 5, []
    for memory in (ram(3), memento(2)):
        for seed in range(n):
            rng = np.random.default_rng(seed)
            w = np.exp(rng.normal(size=(*memory.successors.shape, 2)))
            pi = w / w.sum((-2, -1), keepdims=True)
            p_0 = rng.dirichlet(np.ones(2 * memory.M)).reshape(-1, 2)
            for arms in (symmetric(0.3), PAIRS[0]):
                gain = arms.gain(exact_q(memory, pi, arms, r, p_0), r)
                off.append(abs(gain - discounted(memory, pi, arms, r, p_0, steps=steps)))
    return st.exact(max(off), len(off)).saying(n=n, r=r, steps=steps)


def growth(*, memory: str) -> Measured:
    """Slope of log(1/q - 1) / log(1/alpha) in {of}, of exact q near r = 0, {sizes}; {effective}."""
    mu = 0.1
    arms, log_alpha = symmetric(mu), np.log(alpha(mu))
    if memory == "ram":
        sizes = [2, 4, 6, 8]
        q = [confidence.column_q(M, 1e-7, arms, 1e-14) for M in sizes]
        M_eff = np.array([ram(M).effective for M in sizes], float)
        x, of, name = M_eff / 2, "M_eff/2", "M"
    else:
        sizes = [2, 3, 5]
        q = [necklace_policy(m).q(1e-10, 1e-5, arms, 1e-18) for m in sizes]
        M_eff = np.array([memento(m).effective for m in sizes], float)
        x, of, name = np.sqrt(M_eff), "sqrt(M_eff)", "m"
    odds = np.log(1 / np.array(q) - 1) / -log_alpha
    slope = float(np.polyfit(x, odds, 1)[0])
    text = ", ".join(map(str, sizes))
    said = {"of": of, "sizes": f"{name} = {text}"}
    effective = "M_eff = " + ", ".join(f"{each:g}" for each in M_eff)
    return st.exact(slope, len(sizes)).saying(effective=effective, **said)
