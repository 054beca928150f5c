//! Table-driven tests of the operators.
