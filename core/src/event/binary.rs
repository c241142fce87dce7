//! The compact binary form of one event, as a store keeps it.
