//! Finds the end of an object that Java serialised, without making anything of it: secret keys in JCEKS stores.
//! Object Serialization Stream Protocol, chapter 6 of Java's serialization specification.

use super::octets::Octets;
use crate::x509::ParseError;

/// Objects nest no deeper in a sealed key.
const MAX_DEPTH: u8 = 24;
/// Parts of an object; a sealed key has about thirty.
const MAX_PARTS: u32 = 20_000;

/// A class as far as its objects have to be measured.
#[derive(Clone, Default)]
struct Class {
    name: String,
    flags: u8,
    /// Type codes of the fields.
    fields: Vec<u8>,
    parent: Option<usize>,
}

struct Walk<'o, 'a> {
    octets: &'o mut Octets<'a>,
    classes: Vec<Class>,
    /// What every handle stands for: a class, or something that is not asked about again.
    handles: Vec<Option<usize>>,
    left: u32,
}

/// Passes over a stream with one object.
pub(super) fn skip(octets: &mut Octets<'_>) -> Result<(), ParseError> {
    if octets.take(4, "the sealed key")? != [0xac, 0xed, 0, 5] {
        return octets.fault("the sealed key is no object of Java");
    }
    let mut walk = Walk { octets, classes: Vec::new(), handles: Vec::new(), left: MAX_PARTS };
    walk.content(MAX_DEPTH)
}

impl Walk<'_, '_> {
    fn deeper(&mut self, depth: u8) -> Result<u8, ParseError> {
        match (depth.checked_sub(1), self.left.checked_sub(1)) {
            (Some(depth), Some(left)) => {
                self.left = left;
                Ok(depth)
            }
            _ => self.octets.fault("the sealed key has too many parts"),
        }
    }

    fn content(&mut self, depth: u8) -> Result<(), ParseError> {
        let tag = self.octets.byte("the sealed key")?;
        self.tagged(tag, depth)
    }

    fn tagged(&mut self, tag: u8, depth: u8) -> Result<(), ParseError> {
        let depth = self.deeper(depth)?;
        match tag {
            // null, and the end of what was written before
            0x70 | 0x79 => Ok(()),
            0x71 => self.octets.int("a handle").map(drop),
            0x72 => self.class(depth).map(drop),
            0x73 => {
                let class = self.class_of(depth)?;
                self.handles.push(None);
                self.fields(class, depth)
            }
            0x74 => {
                self.handles.push(None);
                self.octets.utf("a string").map(drop)
            }
            0x75 => self.array(depth),
            0x76 => {
                self.class_of(depth)?;
                self.handles.push(None);
                Ok(())
            }
            0x77 => {
                let length = self.octets.byte("a block")?;
                self.octets.take(usize::from(length), "a block").map(drop)
            }
            0x7a => self.octets.sized("a block").map(drop),
            0x7e => {
                self.class_of(depth)?;
                self.handles.push(None);
                self.content(depth)
            }
            _ => self.octets.fault(format!("the sealed key has a part {tag:#04x} that is not known here")),
        }
    }

    fn array(&mut self, depth: u8) -> Result<(), ParseError> {
        let class = self.class_of(depth)?;
        self.handles.push(None);
        let of = class.and_then(|class| self.classes.get(class)?.name.as_bytes().get(1).copied());
        let count = self.octets.int("an array")? as usize;
        match width(of.unwrap_or_default()) {
            Some(width) => self.octets.take(count.saturating_mul(width), "an array").map(drop),
            None => (0..count).try_for_each(|_| self.content(depth)),
        }
    }

    /// The description of a class, a handle of one, or null.
    fn class_of(&mut self, depth: u8) -> Result<Option<usize>, ParseError> {
        let depth = self.deeper(depth)?;
        match self.octets.byte("a class")? {
            0x70 => Ok(None),
            0x71 => {
                let handle = self.octets.int("a handle")?.wrapping_sub(0x7e_0000) as usize;
                match self.handles.get(handle).copied().flatten() {
                    Some(class) => Ok(Some(class)),
                    None => self.octets.fault("the sealed key names a class that it does not have"),
                }
            }
            0x72 => self.class(depth).map(Some),
            tag => self.octets.fault(format!("the sealed key has a class {tag:#04x} that is not known here")),
        }
    }

    fn class(&mut self, depth: u8) -> Result<usize, ParseError> {
        let name = self.octets.utf("the name of a class")?;
        self.octets.long("the version of a class")?;
        let class = self.classes.len();
        self.handles.push(Some(class));
        let flags = self.octets.byte("a class")?;
        self.classes.push(Class { name, flags, ..Class::default() });
        let count = self.octets.short("the fields of a class")?;
        for _ in 0..count {
            let depth = self.deeper(depth)?;
            let code = self.octets.byte("a field")?;
            self.octets.utf("the name of a field")?;
            if width(code).is_none() {
                self.content(depth)?;
            }
            self.classes[class].fields.push(code);
        }
        self.annotation(depth)?;
        self.classes[class].parent = self.class_of(depth)?;
        Ok(class)
    }

    /// Whatever stands before the mark that ends a block.
    fn annotation(&mut self, depth: u8) -> Result<(), ParseError> {
        loop {
            match self.octets.byte("the sealed key")? {
                0x78 => return Ok(()),
                tag => self.tagged(tag, depth)?,
            }
        }
    }

    /// The values of an object, those of the topmost class first.
    fn fields(&mut self, class: Option<usize>, depth: u8) -> Result<(), ParseError> {
        let mut line = Vec::new();
        let mut next = class;
        while let Some(class) = next.filter(|_| line.len() < usize::from(MAX_DEPTH)) {
            line.push(class);
            next = self.classes[class].parent;
        }
        for class in line.into_iter().rev() {
            let Class { flags, fields, .. } = self.classes[class].clone();
            if flags & 2 != 0 {
                for code in fields {
                    match width(code) {
                        Some(width) => self.octets.take(width, "a field").map(drop)?,
                        None => self.content(depth)?,
                    }
                }
                if flags & 1 != 0 {
                    self.annotation(depth)?;
                }
            } else if flags & 4 != 0 {
                if flags & 8 == 0 {
                    return self.octets.fault("the sealed key is written in a way of its own");
                }
                self.annotation(depth)?;
            }
        }
        Ok(())
    }
}

/// Bytes of a value; `None`: an object.
fn width(code: u8) -> Option<usize> {
    Some(match code {
        b'B' | b'Z' => 1,
        b'C' | b'S' => 2,
        b'F' | b'I' => 4,
        b'D' | b'J' => 8,
        _ => return None,
    })
}
