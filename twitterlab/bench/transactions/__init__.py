"""Transactions on lists, as timelines are: which anomalies did clients see, and what do those rule out?"""
