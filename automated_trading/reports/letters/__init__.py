"""What the owner is to be told and was not told yet.

Law of the room: letters are a function of the state alone, `told` among it, and of what a run knows beside it. A crash
costs none: what should have been told and was not is told by the next run.
"""
