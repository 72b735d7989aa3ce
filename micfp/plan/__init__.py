"""Planning: from parameters to tasks; opens no audio."""
