"""Arms compared as if they had been alike beforehand: covariates and strata."""
