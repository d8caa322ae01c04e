"""Two-hypothesis testing with finite memory: a two-armed bandit and few memory states.

Two arms give rewards of +1 or -1. Which one is the better is drawn once, and the agent, which has a
finite memory, plays on; with probability r a step it is reset. What counts is q, the share of its
plays that are of the worse arm (M. Geiger, C. Eloy & M. Wyart, *How memory architecture affects
learning in a simple POMDP*, 2021; T. Cover & M. Hellman, *The two-armed-bandit problem with
time-invariant finite memory*, 1970).

`arms` has the rewards, `graphs` which updates a memory allows, `policies` the chance of each, and
q; `steady` steady states, `walks` what is known of random walks on a chain, `confidence` and
`necklaces` with `necklace_policy` the reference policies with their exact q, `initial` where
learning starts and `learning` how q falls by gradient flow or ADAM.
"""
