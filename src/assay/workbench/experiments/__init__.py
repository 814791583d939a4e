"""The life of experiments: their registrations, their records, and what moves them on."""
