"""What was, as programs ask for it: cases, tasks, activities, answers, what people did, incidents, reports."""
