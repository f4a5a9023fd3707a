"""What every other room stands on: ids, clock, errors, settings, logging. Small, and knows nobody."""
