//! Levels, ignores and the configuration, on findings made by hand.
