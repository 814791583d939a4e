"""From records to what a reader sees: numbers with units, charts, tables, sentences."""
