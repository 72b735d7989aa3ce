"""Studies: targets with parameters, plan, results and section of the report of their own."""
