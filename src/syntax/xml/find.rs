//! Ways through the elements: by name, and all of them in order.

use super::{Attribute, Element, Xml};

impl Xml {
    /// The first of the outermost elements.
    pub fn root(&self) -> Option<&Element> {
        self.roots.first()
    }

    /// Every element, in the order of the text.
    pub fn elements(&self) -> Descendants<'_> {
        Descendants { open: vec![self.roots.iter()] }
    }
}

impl Element {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit_once(':').map_or(self.name.as_str(), |(_, local)| local)
    }

    /// The first child of this name; prefixes do not count.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.local() == name)
    }

    /// The children of this name, in order; prefixes do not count.
    pub fn children_named<'a>(&'a self, name: &'a str) -> Children<'a> {
        Children { rest: self.children.iter(), name }
    }

    /// The first child of this name, in whatever case it is written.
    pub fn child_ignoring_case(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.local().eq_ignore_ascii_case(name))
    }

    /// The first attribute of this name, which is the name as written.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The first attribute of this name, in whatever case it is written.
    pub fn attribute_ignoring_case(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The own text without the blanks around it. Other characters that look
    /// blank stay: whoever reads the value gets them too.
    pub fn trimmed_text(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\r', '\n'])
    }

    /// Every element inside this one, in the order of the text.
    pub fn descendants(&self) -> Descendants<'_> {
        Descendants { open: vec![self.children.iter()] }
    }
}

/// Children of one name; see [`Element::children_named`].
#[derive(Clone, Debug)]
pub struct Children<'a> {
    rest: std::slice::Iter<'a, Element>,
    name: &'a str,
}

impl<'a> Iterator for Children<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<Self::Item> {
        self.rest.find(|child| child.local() == self.name)
    }
}

/// Elements, each before those in it; see [`Element::descendants`].
#[derive(Clone, Debug)]
pub struct Descendants<'a> {
    open: Vec<std::slice::Iter<'a, Element>>,
}

impl<'a> Iterator for Descendants<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(siblings) = self.open.last_mut() {
            if let Some(element) = siblings.next() {
                self.open.push(element.children.iter());
                return Some(element);
            }
            self.open.pop();
        }
        None
    }
}
