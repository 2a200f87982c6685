"""The platform on several continents: edges, gateways and shards, each a program of one machine."""
