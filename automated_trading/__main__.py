"""`python -m automated_trading`: the same front door."""

from automated_trading.cli import main

if __name__ == "__main__":
    main()
