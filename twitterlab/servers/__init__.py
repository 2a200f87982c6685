"""Real servers, started for you: private instances on free loopback ports, in folders of their own."""
