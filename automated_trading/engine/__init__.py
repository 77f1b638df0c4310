"""The shell: the only room that makes things happen.

Law of the room: the world is reached through ports alone, in one order: ink before voice, letters last.
It decides nothing, knows no adapter by name, and raises only TradingError.
"""
