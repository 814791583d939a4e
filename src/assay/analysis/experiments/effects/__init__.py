"""How large the effect is, with the method that the metric and the data ask for."""
