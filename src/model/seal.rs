//! Passwords in a snapshot: a number stands for each, in the order in which they are written. Equal numbers of one
//! snapshot are equal passwords, and nothing else can be learnt from them; a hash could be guessed.

use std::{cell::RefCell, collections::BTreeMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::settings::Secret;

/// Numbers of one snapshot lie below this; those of the next ones begin above.
const RANGE: u64 = 1 << 32;

/// A digest that begins with this could be guessed.
pub const UNSAFE: &str = "?";

#[derive(Default)]
struct Numbers {
    secrets: BTreeMap<Secret, u64>,
    of_stores: BTreeMap<u64, u64>,
    digests: BTreeMap<String, u64>,
}

thread_local! {
    static WRITING: RefCell<Option<Numbers>> = const { RefCell::new(None) };
    static READING: RefCell<u64> = const { RefCell::new(0) };
}

/// Ends with the work, also where that panics.
struct Scope;

impl Drop for Scope {
    fn drop(&mut self) {
        WRITING.take();
        READING.set(0);
    }
}

/// Does work that writes one snapshot.
pub fn writing<T>(work: impl FnOnce() -> T) -> T {
    WRITING.set(Some(Numbers::default()));
    let _scope = Scope;
    work()
}

/// Does work that reads the snapshot of an index among those of a run, so that its numbers are its own.
pub fn reading<T>(snapshot: usize, work: impl FnOnce() -> T) -> T {
    READING.set((snapshot as u64 + 1) * RANGE);
    let _scope = Scope;
    work()
}

fn read<'de, D: Deserializer<'de>>(number: u64) -> Result<u64, D::Error> {
    if number < RANGE {
        Ok(READING.with_borrow(|from| from + number))
    } else {
        Err(de::Error::custom("too large a number"))
    }
}

fn write(number: u64) -> u64 {
    WRITING.with_borrow_mut(|numbers| {
        let Some(Numbers { of_stores, .. }) = numbers else { return 0 };
        let next = of_stores.len() as u64;
        *of_stores.entry(number).or_insert(next)
    })
}

/// 0 is no password at all.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let number = WRITING.with_borrow_mut(|numbers| match numbers {
            Some(Numbers { secrets, .. }) if !self.is_empty() => {
                let next = secrets.len() as u64 + 1;
                *secrets.entry(self.clone()).or_insert(next)
            }
            _ => 0,
        });
        to.serialize_u64(number)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u64::deserialize(from)? {
            0 => Ok(Self::new(Vec::new())),
            number => Ok(Self::sealed(read::<D>(number)?)),
        }
    }
}

/// A digest of a secret: where it could be guessed a number takes its place.
pub(super) mod digest {
    use super::{Deserialize, Deserializer, Serialize, Serializer, UNSAFE, WRITING, de};

    #[allow(clippy::ref_option, reason = "serde asks this way")]
    pub(in crate::model) fn serialize<S: Serializer>(it: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        let number = |it: &String| {
            WRITING.with_borrow_mut(|numbers| {
                let Some(numbers) = numbers else { return 0 };
                let next = numbers.digests.len() as u64;
                *numbers.digests.entry(it.clone()).or_insert(next)
            })
        };
        let written =
            |it: &String| if it.starts_with(UNSAFE) { format!("{UNSAFE}{}", number(it)) } else { it.clone() };
        it.as_ref().map(written).serialize(to)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<String>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let Some(number) = text.strip_prefix(UNSAFE) else { return Ok(Some(text)) };
        let number = super::read::<D>(number.parse().map_err(de::Error::custom)?)?;
        Ok(Some(format!("{UNSAFE}{number}")))
    }
}

/// The number of a password that opened a store.
pub(super) mod number {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde asks this way")]
    pub(in crate::model) fn serialize<S: Serializer>(it: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        it.map(super::write).serialize(to)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Option::<u64>::deserialize(from)?.map(super::read::<D>).transpose()
    }
}

/// Numbers of passwords that were tried on a store.
pub(super) mod numbers {
    use super::{Deserialize, Deserializer, Serializer};

    pub(in crate::model) fn serialize<S: Serializer>(it: &[u64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(it.iter().map(|it| super::write(*it)))
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
        Vec::<u64>::deserialize(from)?.into_iter().map(super::read::<D>).collect()
    }
}
