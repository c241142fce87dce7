//! What to do about a score: rules as a table.
