"""The nouns: frozen, slotted dataclasses without behaviour."""
