"""What valid frames look like: every table, its columns, and the rules its rows keep."""

from assay.schema.tables import TABLES, required_columns, rules_of, schema_of, time_of

__all__ = ["TABLES", "required_columns", "rules_of", "schema_of", "time_of"]
