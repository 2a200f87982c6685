"""Lab e on PostgreSQL: a primary in America, a streaming replica in Europe and in Asia, and cables between them."""
