"""What commands show on a terminal: tables, numbers, and a run's scores."""
