//! Sites with their bindings, in `applicationHost.config` and in the XML that `appcmd` prints.

use crate::{
    model::{
        Said,
        iis::{Binding, FtpTls, Site},
    },
    source::Span,
    syntax::xml::Element,
};

use super::{binding, document::Reader};

/// Sites and defaults of a `sites` element.
pub(super) fn read_sites(reader: &mut Reader, sites: &Element, found: &mut Vec<Site>) {
    for child in &sites.children {
        if reader.is(child, "site") {
            let site = read_site(reader, child);
            found.push(site);
        } else if reader.is(child, "siteDefaults") {
            found.extend(read_defaults(reader, child));
        }
    }
}

/// Defaults that say something about bindings.
pub(super) fn read_defaults(reader: &mut Reader, element: &Element) -> Option<Site> {
    let mut site = read_site(reader, element);
    site.is_default = true;
    (!site.bindings.is_empty() || site.ftp.is_some()).then_some(site)
}

pub(super) fn read_site(reader: &mut Reader, element: &Element) -> Site {
    let stopped = reader.attribute(element, "serverAutoStart").filter(|it| it.truth() == Some(false));
    Site {
        at: reader.at(element.open_span),
        name: reader.attribute(element, "name"),
        id: reader.attribute(element, "id"),
        stopped: stopped.map(|it| it.at),
        bindings: reader.child(element, "bindings").map_or_else(Vec::new, |it| read_bindings(reader, it)),
        ftp: read_ftp(reader, element),
        is_default: false,
    }
}

pub(super) fn read_bindings(reader: &mut Reader, bindings: &Element) -> Vec<Binding> {
    let mut found = Vec::new();
    for child in &bindings.children {
        if reader.is(child, "binding") {
            found.extend(read_binding(reader, child));
        }
    }
    // Most sites have one or two, and a farm has thousands of sites.
    found.shrink_to_fit();
    found
}

pub(super) fn read_binding(reader: &mut Reader, element: &Element) -> Option<Binding> {
    let protocol = reader.attribute(element, "protocol")?;
    let written = reader.attribute(element, "bindingInformation")?;
    let mut binding = binding::binding(protocol, &written);
    if let Some(flags) = reader.attribute(element, "sslFlags") {
        binding::set_flags(&mut binding, flags, false);
    }
    let filled = |it: &Said| !it.is_blank();
    binding.hash = reader.attribute(element, "certificateHash").filter(filled);
    binding.store = reader.attribute(element, "certificateStoreName").filter(filled);
    Some(binding)
}

fn read_ftp(reader: &mut Reader, site: &Element) -> Option<FtpTls> {
    let server = reader.child(site, "ftpServer")?;
    let security = reader.child(server, "security")?;
    let ssl = reader.child(security, "ssl")?;
    Some(FtpTls {
        at: reader.at(ssl.open_span),
        hash: reader.attribute(ssl, "serverCertHash"),
        store: reader.attribute(ssl, "serverCertStoreName"),
        control: reader.attribute(ssl, "controlChannelPolicy"),
        data: reader.attribute(ssl, "dataChannelPolicy"),
    })
}

/// A `SITE` that `appcmd list site /xml` prints; with `/config` the site itself stands in it.
pub(super) fn read_printed(reader: &mut Reader, element: &Element) -> Site {
    let inner = element.children.iter().find(|it| it.name == "site");
    let mut site = match inner {
        Some(inner) => read_site(reader, inner),
        None => read_site(reader, element),
    };
    let value = |name: &str| element.attribute_ignoring_case(name).map(|it| reader.value(it));
    site.at = reader.at(element.open_span);
    site.name = site.name.or_else(|| value("SITE.NAME"));
    site.id = site.id.or_else(|| value("SITE.ID"));
    let state = value("state").filter(|it| it.trimmed().eq_ignore_ascii_case("stopped"));
    site.stopped = site.stopped.or(state.map(|it| it.at));
    if let Some(list) = element.attribute("bindings").filter(|_| site.bindings.is_empty()) {
        let span = list.value_span;
        // References in the value would move the places of its parts.
        let exact = list.value.len() == span.range().len();
        let start = span.start as usize;
        site.bindings = binding::of_list(&list.value, |from, to| {
            reader.at(if exact { Span::new(start + from, start + to) } else { span })
        });
    }
    site
}
