"""What is known of contracts before any dialogue: which clauses no run can break, which a teacher can keep."""
