//! Which files make up a configuration, and which configurations a line is part of.

use std::collections::BTreeSet;

use crate::source::{Location, Span};

use super::{Context, Directive, DirectiveId, IncludeOutcome, Nginx, Scope, ScopeId, Unit, directives};
use directives::Place;

impl Nginx {
    /// The units of a configuration, its first one among them.
    pub fn units_of(&self, root: u32) -> BTreeSet<u32> {
        let mut units = BTreeSet::from([self.roots[root as usize].unit]);
        for ((of, _), include) in self.includes.range((root, DirectiveId { unit: 0, index: 0 })..) {
            if *of != root {
                break;
            }
            if let IncludeOutcome::Files { units: more, .. } = &include.outcome {
                units.extend(more);
            }
        }
        units
    }

    /// Units that nginx would read, in order: those of a main file for certain, fragments only where what is in them
    /// leaves no doubt.
    pub fn running_units(&self) -> Vec<(u32, &Unit)> {
        let mut running = BTreeSet::new();
        for (index, root) in self.roots.iter().enumerate() {
            if root.main {
                running.extend(self.units_of(index as u32));
            } else {
                let surely = |unit: &u32| self.units[*unit as usize].is_surely_nginx();
                running.extend(self.units_of(index as u32).into_iter().filter(surely));
            }
        }
        running.into_iter().map(|unit| (unit, &self.units[unit as usize])).collect()
    }

    /// Every block with what nginx would allow in it; blocks whose words are free or that are not known are left out,
    /// and so is what templates make.
    pub fn places(&self) -> impl Iterator<Item = (ScopeId, &Scope, Place)> {
        self.scopes.iter().enumerate().filter_map(|(index, scope)| {
            let id = ScopeId(index as u32);
            let place = match scope.context {
                Context::Free | Context::Unknown => return None,
                Context::If if self.around(id).any(|at| self.scope(at).context == Context::Location) => {
                    Place::IfInLocation
                }
                context => Place::Block(context),
            };
            (!self.around(id).any(|at| self.scope(at).template)).then_some((id, scope, place))
        })
    }

    /// Whether this and everything around it stands where it does for certain: in a main file, or below a block of
    /// the fragment itself.
    pub fn place_is_certain(&self, scope: ScopeId) -> bool {
        let it = self.scope(scope);
        let guessed = match it.context {
            Context::Unknown | Context::Free => true,
            // A fragment's own top, and a `server` whose module is a guess.
            Context::Module(_) | Context::Server(_) | Context::Main => !self.root_of(scope).main,
            _ => it.opened_by.is_none(),
        };
        !guessed
    }
}

impl Unit {
    /// The first character of the text.
    pub fn start(&self) -> Location {
        self.at(Span::new(0, 1))
    }

    /// A brace, quote or `;` is wrong somewhere in it, so which block a line stands in is not certain.
    pub fn is_broken(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Holds a server block with a line that only nginx has in it, or several TLS directives of nginx.
    pub fn is_surely_nginx(&self) -> bool {
        let tls =
            |line: &Directive| line.name.text.contains("ssl_") && directives::of(&line.name.text).count() > 0;
        if self.children(None).filter(|(_, line)| tls(line)).count() > 1 {
            return true;
        }
        self.children(None).any(|(index, it)| {
            it.block.is_some()
                && &*it.name.text == "server"
                && self.children(Some(index)).any(|(_, line)| {
                    matches!(&*line.name.text, "listen" | "server_name" | "ssl_certificate" | "location")
                })
        })
    }
}
