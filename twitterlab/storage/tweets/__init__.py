"""Tweets, likes and the pages read from them."""
