//! The state of one contact: an incremental, bounded fold of its events.
