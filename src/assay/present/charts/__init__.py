"""Charts, named by the shape of their data; each takes tidy records and returns an Altair chart."""
