//! Files of PEM text: what readers refuse.
