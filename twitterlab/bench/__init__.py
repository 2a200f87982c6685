"""The proving ground: population, workload, histories and their checkers, an oracle, reports."""
