//! Tests of regular expressions.
