"""The world: one file for each thing that is not ours.

Law of the room: the words of a broker, a disk or a mail server end here. A float may live at the wire
and no further; every failure leaves as a TradingError; the engine and the simulator are not known.
"""
