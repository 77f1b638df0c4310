"""The door the original system documented: `python -m automated_trading.execute_trades morning`.

Law of the file: it opens the front door and does nothing else.
"""

from automated_trading.cli import main

if __name__ == "__main__":
    main()
