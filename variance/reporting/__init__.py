"""From results to what people read: text, tables, progress and pages."""
