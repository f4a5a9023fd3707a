"""What every other room stands on: ids, clock, waits after a failure, errors, settings, logging. Small, and knows nobody."""
