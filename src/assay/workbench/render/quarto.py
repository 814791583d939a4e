"""The renderer of whoever has Quarto."""
