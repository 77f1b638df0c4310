"""The thought of the desk: (state, market, now, rules) -> actions.

Law of the room: pure. No clock, no environment, no disk, no network, no float; `now` is an argument.
Every refusal is an action with a reason, and what cannot be known is "not yet", never a guess.
"""
