"""What comparing recordings is worth: listened to, compared, weighed, or refused."""
