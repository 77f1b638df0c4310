"""State and events -> words and figures.

Law of the room: pure. No clock, no environment, no disk, no network, no float. What is said here is
read from the record; nothing said here changes a trade.
"""
