"""The door: what comes in over the network. The API, live updates, the page in the browser."""
