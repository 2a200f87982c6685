"""The teacher: what there is to learn, and whether it is learnt."""
