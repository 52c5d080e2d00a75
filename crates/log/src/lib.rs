//! The log: gives each event of a stream its offset, durably and in order.
