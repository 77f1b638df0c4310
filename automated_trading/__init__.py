"""A scheduled trading desk for one Alpaca account that may be left alone.

Law of the house: import only downwards. The floors are domain < strategies < decisions < reports
< (engine | adapters | simulator, which never see each other) < settings < assembly < cli.
"""

__version__ = "0.1.0"
