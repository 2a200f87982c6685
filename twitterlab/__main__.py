"""`python -m twitterlab` is the command line."""

from __future__ import annotations

from twitterlab.cli.app import main

if __name__ == "__main__":
    main()
