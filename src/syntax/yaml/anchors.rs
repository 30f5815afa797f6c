//! What anchors name, and how much of it aliases may repeat. A few lines of
//! YAML can stand for billions of values.

use std::collections::HashMap;

use crate::syntax::value::{Kind, Value};

/// What all aliases of a text may add, in values; long strings count as many.
const ALIASED: usize = 10_000;

/// What is kept for aliases at a time, in the same measure.
const KEPT: usize = 200_000;

/// The values of one document that anchors name, by the number of the anchor.
#[derive(Default)]
pub(super) struct Anchors {
    named: HashMap<usize, Anchored>,
    kept: usize,
    aliased: usize,
}

/// A value that an anchor names.
struct Anchored {
    /// None where it is too large to be repeated.
    value: Option<Value>,
    size: Size,
}

/// How much a value is.
#[derive(Copy, Clone, Default)]
struct Size {
    weight: usize,
    depth: usize,
}

/// What an alias comes to.
pub(super) enum Found {
    /// A copy of what the anchor names.
    Copy(Value),
    /// The alias stands inside of what it names.
    Itself,
    /// The copy would be too large or too deep.
    TooLarge,
}

impl Anchors {
    /// Anchors do not reach into the next document; what was spent stays spent.
    pub(super) fn forget(&mut self) {
        self.named.clear();
        self.kept = 0;
    }

    /// Keeps what an anchor names. Numbers start at 1.
    pub(super) fn define(&mut self, anchor: usize, value: &Value) {
        if anchor == 0 {
            return;
        }
        let size = Size::of(value);
        let fits = size.weight <= ALIASED && self.kept + size.weight <= KEPT;
        if fits {
            self.kept += size.weight;
        }
        self.named.insert(anchor, Anchored { value: fits.then(|| value.clone()), size });
    }

    /// What an alias stands for, if it may go so many levels deep.
    pub(super) fn find(&mut self, anchor: usize, levels: usize) -> Found {
        let Some(anchored) = self.named.get(&anchor) else { return Found::Itself };
        match &anchored.value {
            Some(value)
                if anchored.size.depth <= levels && self.aliased + anchored.size.weight <= ALIASED =>
            {
                self.aliased += anchored.size.weight;
                Found::Copy(value.clone())
            }
            _ => Found::TooLarge,
        }
    }
}

impl Size {
    /// Stops counting where it is too much anyway.
    fn of(value: &Value) -> Self {
        let mut size = Self::default();
        size.add(value, 0);
        size
    }

    fn add(&mut self, value: &Value, depth: usize) {
        if self.weight > ALIASED {
            return;
        }
        self.weight += 1 + value.text_like().map_or(0, str::len) / 64;
        if matches!(value.kind, Kind::List(_) | Kind::Map(_)) {
            self.depth = self.depth.max(depth + 1);
        }
        for item in value.items() {
            self.add(item, depth + 1);
        }
        for member in value.members() {
            self.weight += member.key.len() / 64;
            self.add(&member.value, depth + 1);
        }
    }
}
