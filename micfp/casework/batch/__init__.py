"""Many files, one row each: what they say of themselves, their quality, who made them."""
