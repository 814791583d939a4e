"""For whom: segments' effects told together."""
