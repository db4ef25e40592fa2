//! Whose key it is.
