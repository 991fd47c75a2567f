"""What bench/burst.py and bench/memory.py are made of."""
