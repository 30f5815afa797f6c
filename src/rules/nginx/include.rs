//! Includes that lead nowhere, in circles, or to files nobody meant.
