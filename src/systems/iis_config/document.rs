//! XML of IIS as it stands in files: elements are found in whatever case they are written, and a case that IIS does
//! not take is kept, because IIS reads such a file as if the element were not there, or not at all.

use crate::{
    model::Said,
    source::{FileId, Location, Span},
    syntax::xml::{Attribute, Element},
};

/// A file while it is read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) file: FileId,
    /// What is written otherwise than IIS takes it, and what is meant.
    pub(super) misspelt: Vec<(Said, &'static str)>,
}

impl Reader {
    pub(super) fn new(file: FileId) -> Self {
        Self { file, misspelt: Vec::new() }
    }

    pub(super) fn at(&self, span: Span) -> Location {
        Location::text(self.file, span)
    }

    pub(super) fn said(&self, text: &str, span: Span) -> Said {
        Said { text: text.to_owned(), at: self.at(span) }
    }

    /// Whether an element is the one that is meant, in any case; another case than the right one is noted.
    pub(super) fn is(&mut self, element: &Element, meant: &'static str) -> bool {
        let name = element.name.as_str();
        if name == meant {
            return true;
        }
        // `appcmd` prints the section behind the name of its group: `system.applicationHost-sites`.
        if name
            .rsplit_once('-')
            .is_some_and(|(group, section)| group.starts_with("system.") && section == meant)
        {
            return true;
        }
        let same = name.eq_ignore_ascii_case(meant) || is_near(name, meant);
        if same {
            self.note(name, element.name_span, meant);
        }
        same
    }

    fn note(&mut self, written: &str, span: Span, meant: &'static str) {
        let said = self.said(written, span);
        if self.misspelt.last().is_none_or(|(last, _)| *last != said) {
            self.misspelt.push((said, meant));
        }
    }

    /// The first child of a name.
    pub(super) fn child<'e>(&mut self, element: &'e Element, meant: &'static str) -> Option<&'e Element> {
        element.children.iter().find(|it| self.is(it, meant))
    }

    /// An attribute, in any case; another case than the right one is noted.
    pub(super) fn attribute(&mut self, element: &Element, meant: &'static str) -> Option<Said> {
        let found = element.attribute(meant).or_else(|| {
            let found = element.attribute_ignoring_case(meant)?;
            self.note(&found.name, found.name_span, meant);
            Some(found)
        })?;
        Some(self.value(found))
    }

    /// The value of an attribute.
    pub(super) fn value(&self, attribute: &Attribute) -> Said {
        self.said(&attribute.value, attribute.value_span)
    }
}

/// A slip of the fingers in a long name. Short names differ by a letter and mean something else: `site`, `sites`.
fn is_near(name: &str, meant: &str) -> bool {
    const LONG: usize = 12;
    meant.len() >= LONG
        && name.len().abs_diff(meant.len()) <= 1
        && strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &meant.to_ascii_lowercase()) == 1
}
