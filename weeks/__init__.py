"""The weeks: title, targets, composition, labs and checks. They receive parts and never import them."""
