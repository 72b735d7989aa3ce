"""Studies: targets of their own, each with its parameters, plan, tables and report section."""
