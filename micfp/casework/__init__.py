"""Cases: enrolled devices in a file, and what is asked of them."""
