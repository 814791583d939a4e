"""What is believed of arms and lifts after the data, and what was believed before."""
