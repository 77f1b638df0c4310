"""An exchange that speaks Alpaca's language.

Law of the room: it knows nothing of the rest. It imports none of our other packages, shares only the
calendar's data file, keeps its own clock and disk, and is reached as any broker is: by a request.
"""
