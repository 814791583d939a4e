"""What valid frames look like: every table, its columns, and the rules its rows keep."""

from assay.schema.tables import (
    TABLES,
    Rule,
    required_columns,
    row_rules,
    rules_of,
    schema_of,
    time_of,
)

__all__ = ["TABLES", "Rule", "required_columns", "row_rules", "rules_of", "schema_of", "time_of"]
