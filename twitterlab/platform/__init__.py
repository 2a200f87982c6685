"""The product: what people do, and what the parts are plugged into."""
