//! Protocol versions, and directives that the aimed-at nginx does not know.
