"""History in, signals or target weights out.

Law of the room: pure. No clock, no environment, no disk, no network; the only pure room where a float
may be used. A strategy neither sizes nor orders, and its memory is what the state hands it.
"""
