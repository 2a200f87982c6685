"""Events committed with the write that caused them."""
