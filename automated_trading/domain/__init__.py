"""The ground: the words of the trade.

Law of the room: nothing here can do anything. No clock, no environment, no disk, no network, no float.
Values are frozen, money and quantities are Decimal, times are aware UTC; impossible data is a ValueError.
"""
