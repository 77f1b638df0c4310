"""What each command does, one file a verb.

Law of the room: a command reads nothing of the world by itself; clock, environment and terminal come in an `Asked`.
It returns its exit code, says its words through a `Screen`, and raises TradingError for the front door to tell.
"""
