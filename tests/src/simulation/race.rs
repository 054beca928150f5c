//! A callback against its timeout.
