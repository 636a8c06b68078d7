"""``python -m variance`` is the command line."""

from variance.cli import main

if __name__ == "__main__":
    main()
