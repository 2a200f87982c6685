"""The window: a run, watched while it goes on or replayed from its folder. The only room that knows Textual."""
