//! What `appcmd list site`, `Get-WebBinding` and `Get-IISSiteBinding` print: lines, tables and lists.

use crate::{
    model::{
        Said,
        iis::{Binding, Configuration, ConfigurationKind, Site},
    },
    source::{FileId, Location, Span},
};

use super::binding;

/// Whether the beginning of a text looks like one of these.
pub(super) fn recognise(head: &str) -> bool {
    head.lines().any(|line| is_site(line) || is_header(line).is_some())
        || (fields(head, "bindinginformation") && fields(head, "protocol"))
}

fn fields(head: &str, name: &str) -> bool {
    head.lines().any(|line| field(line).is_some_and(|(it, ..)| it.eq_ignore_ascii_case(name)))
}

fn is_site(line: &str) -> bool {
    line.trim_start().starts_with("SITE \"") && line.contains("(id:") && line.contains("bindings:")
}

/// The columns of a table of bindings: whether it has one of flags.
fn is_header(line: &str) -> Option<bool> {
    let mut words = line.split_whitespace();
    let mut is = |wanted: &str| words.next().is_some_and(|it| it.eq_ignore_ascii_case(wanted));
    if !(is("protocol") && is("bindingInformation")) {
        return None;
    }
    match words.next() {
        None => Some(false),
        Some(word) => (word.eq_ignore_ascii_case("sslFlags") && words.next().is_none()).then_some(true),
    }
}

/// `name : value` with the offset of the value in the line.
fn field(line: &str) -> Option<(&str, usize, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    let plain = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric());
    let start = line.len() - value.trim_start().len();
    plain.then(|| (name, start, value.trim()))
}

/// What a text prints; nothing where it prints no binding.
pub(super) fn read(file: FileId, text: &str) -> Option<Configuration> {
    let mut printed = Printed { file, sites: Vec::new(), block: Vec::new(), table: None };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        printed.line(line.trim_end(), start);
        start += line.len();
    }
    printed.end_block();
    let Printed { sites, .. } = printed;
    let at = sites.first()?.at;
    Some(Configuration {
        kind: ConfigurationKind::Printed,
        at,
        sites,
        access: Vec::new(),
        providers: Vec::new(),
        encrypted: None,
        mappings: Vec::new(),
        metadata: Vec::new(),
        misspelt: Vec::new(),
    })
}

struct Printed {
    file: FileId,
    sites: Vec<Site>,
    /// Fields of the block that is being read: name, value, place of the name.
    block: Vec<(String, Said, Location)>,
    /// Inside of a table, whether it has a column of flags, and its site.
    table: Option<(bool, usize)>,
}

impl Printed {
    fn at(&self, start: usize, end: usize) -> Location {
        Location::text(self.file, Span::new(start, end))
    }

    fn line(&mut self, line: &str, start: usize) {
        if is_site(line) {
            self.end_block();
            return self.site(line, start);
        }
        if let Some(flags) = is_header(line) {
            self.end_block();
            let at = self.at(start, start + line.len());
            self.sites.push(unnamed(at));
            self.table = Some((flags, self.sites.len() - 1));
            return;
        }
        if let Some((flags, site)) = self.table {
            if line.trim().is_empty() {
                self.table = self.table.filter(|_| self.sites[site].bindings.is_empty());
                return;
            }
            if !line.trim_start().starts_with("---") {
                match self.row(line, start, flags) {
                    Some(binding) => self.sites[site].bindings.push(binding),
                    None => self.table = None,
                }
            }
            return;
        }
        match field(line) {
            Some((name, offset, value)) => {
                let name = name.to_ascii_lowercase();
                if self.block.iter().any(|(it, ..)| *it == name) {
                    self.end_block();
                }
                let from = start + offset;
                let said = Said { text: value.to_owned(), at: self.at(from, from + value.len()) };
                let at = self.at(start + line.len() - line.trim_start().len(), start + line.len());
                self.block.push((name, said, at));
            }
            None => self.end_block(),
        }
    }

    /// `SITE "Default Web Site" (id:1,bindings:http/*:80:,https/*:443:h,state:Started)`
    fn site(&mut self, line: &str, start: usize) {
        let parts = || {
            let name = line.find("SITE \"")? + "SITE \"".len();
            let name_end = line.rfind("\" (id:")?;
            let id = name_end + "\" (id:".len();
            let id_end = id + line.get(id..)?.find(',')?;
            let list = id_end + line.get(id_end..)?.find("bindings:")? + "bindings:".len();
            let list_end = list + line.get(list..)?.rfind(",state:")?;
            (name <= name_end).then_some((name..name_end, id..id_end, list..list_end))
        };
        let Some((name, id, list)) = parts() else { return };
        let said = |range: std::ops::Range<usize>| Said {
            text: line[range.clone()].to_owned(),
            at: self.at(start + range.start, start + range.end),
        };
        let offset = start + list.start;
        let state = list.end + ",state:".len();
        let stopped = line[state..].to_ascii_lowercase().starts_with("stop");
        let site = Site {
            at: self.at(start + line.len() - line.trim_start().len(), start + line.len()),
            name: Some(said(name)),
            id: Some(said(id)),
            stopped: stopped.then(|| self.at(start + state, start + line.len())),
            bindings: binding::of_list(&line[list], |from, to| self.at(offset + from, offset + to)),
            ftp: None,
            is_default: false,
        };
        self.sites.push(site);
    }

    fn row(&self, line: &str, start: usize, has_flags: bool) -> Option<Binding> {
        let mut rest = line.trim_start();
        let mut cell = |whole: bool| {
            let end = if whole { rest.len() } else { rest.find(char::is_whitespace).unwrap_or(rest.len()) };
            let (text, behind) = rest.split_at(end);
            let from = start + line.len() - rest.len();
            rest = behind.trim_start();
            Said { text: text.to_owned(), at: self.at(from, from + text.len()) }
        };
        let (protocol, written, flags) = (cell(false), cell(false), cell(true));
        if written.is_blank() || !protocol.text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.') {
            return None;
        }
        let mut binding = binding::binding(protocol, &written);
        if !has_flags || binding.opaque {
            binding.flags_unknown = true;
        } else if !flags.is_blank() {
            binding::set_flags(&mut binding, flags, true);
        }
        Some(binding)
    }

    /// A block of fields is a binding where it has what a binding has.
    fn end_block(&mut self) {
        self.table = None;
        let block = std::mem::take(&mut self.block);
        let find = |name: &str| block.iter().find(|(it, ..)| it == name).map(|(_, said, _)| said.clone());
        let (Some(protocol), Some(written)) = (find("protocol"), find("bindinginformation")) else { return };
        let mut binding = binding::binding(protocol, &written);
        match find("sslflags").filter(|it| !it.is_blank()) {
            Some(flags) => binding::set_flags(&mut binding, flags, true),
            None => binding.flags_unknown = true,
        }
        // A list of bytes is cut by the console, and hashes of other forms are none.
        let hash = |it: &Said| !it.is_blank() && it.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        binding.hash = find("certificatehash").filter(hash);
        binding.store =
            find("certificatestorename").filter(|it| !it.is_blank() && !binding::is_cut(&it.text));
        let (name, id) =
            find("itemxpath").map_or((None, None), |it| (quoted(&it, "@name='"), quoted(&it, "@id='")));
        let known = self.sites.iter_mut().find(|it| {
            let same = |a: &Option<Said>, b: &Option<Said>| {
                a.as_ref().map(|it| &it.text) == b.as_ref().map(|it| &it.text)
            };
            same(&it.name, &name) && same(&it.id, &id)
        });
        if let Some(site) = known {
            site.bindings.push(binding);
        } else {
            let at = block.first().map_or(binding.at, |(.., at)| *at);
            self.sites.push(Site { name, id, bindings: vec![binding], ..unnamed(at) });
        }
    }
}

/// The value behind a mark in a path such as `/sites/site[@name='Web' and @id='1']`.
fn quoted(path: &Said, mark: &str) -> Option<Said> {
    let start = path.text.find(mark)? + mark.len();
    let end = start + path.text[start..].find('\'')?;
    Some(Said { text: path.text[start..end].to_owned(), at: path.at })
}

fn unnamed(at: Location) -> Site {
    Site { at, name: None, id: None, stopped: None, bindings: Vec::new(), ftp: None, is_default: false }
}

#[cfg(test)]
mod tests {
    use super::{read, recognise};
    use crate::source::FileId;

    #[test]
    fn appcmd_prints_sites_in_lines() {
        let text = "SITE \"Web \"A\"\" (id:1,bindings:http/*:80:,https/*:443:h,net.tcp/808:*,state:Started)\r\n\
            SITE \"B\" (id:2,bindings:HTTPS/[::]:443:b,state:Stopped)\r\n";
        assert!(recognise(text));
        let it = read(FileId(0), text).unwrap();
        assert_eq!(it.sites.len(), 2);
        assert_eq!(it.sites[0].name.as_ref().unwrap().text, "Web \"A\"");
        assert_eq!(it.sites[0].bindings.len(), 3);
        let b = &it.sites[1];
        assert!(b.stopped.is_some() && b.bindings[0].is_https() && b.bindings[0].flags_unknown);
        assert_eq!(b.bindings[0].written, "[::]:443:b");
        assert_eq!(b.id.as_ref().unwrap().text, "2");
    }

    #[test]
    fn tables_have_flags_where_they_have_the_column() {
        let text = "PS C:\\> Get-IISSiteBinding\r\n\r\nprotocol bindingInformation sslFlags\r\n\
            -------- ------------------ --------\r\nhttp     *:80:              None\r\n\
            https    *:443:a.test       Sni, CentralCertStore\r\nhttps    *:443:very.lo...   Sni\r\n\
            https    *:444:b            Sni, Cent…\r\n\r\nPS C:\\> exit\r\n";
        assert!(recognise(text));
        let it = read(FileId(0), text).unwrap();
        let [site] = &it.sites[..] else { panic!("{it:?}") };
        let seen: Vec<_> = site.bindings.iter().map(|it| (it.flags, it.opaque, it.flags_unknown)).collect();
        assert_eq!(
            seen,
            [(Some(0), false, false), (Some(3), false, false), (None, true, true), (None, false, true)]
        );
        let old = "protocol   bindingInformation\n--------   ------------------\nhttps      *:443:\n";
        let it = read(FileId(0), old).unwrap();
        assert!(it.sites[0].bindings[0].flags_unknown);
    }

    #[test]
    fn lists_name_their_sites() {
        let text = "\n\nprotocol             : https\nbindingInformation   : *:443:a.test\nsslFlags             : 1\n\
            certificateHash      : AB12AB12AB12AB12AB12AB12AB12AB12AB12AB12\ncertificateStoreName : WebHosting\n\
            ItemXPath            : /system.applicationHost/sites/site[@name='Web' and @id='4']\n\n\
            protocol           : http\nbindingInformation : *:80:\nsslFlags           : 0\n\
            ItemXPath          : /system.applicationHost/sites/site[@name='Web' and @id='4']\n\n\
            Protocol : https\nBindingInformation : *:444:\nCertificateHash : {12, 34, 56...}\nSslFlags : None\n";
        assert!(recognise(text));
        let it = read(FileId(0), text).unwrap();
        assert_eq!(it.sites.len(), 2);
        assert_eq!(it.sites[0].name.as_ref().unwrap().text, "Web");
        assert_eq!(it.sites[0].bindings.len(), 2);
        assert!(it.sites[0].bindings[0].hash.is_some());
        assert_eq!(it.sites[1].bindings[0].hash, None);
    }

    #[test]
    fn other_tables_are_left_alone() {
        for text in [
            "protocol: https\nport: 443\n",
            "Protocol BindingInformation is what IIS calls it\n",
            "SITE \"x\"\n",
        ] {
            assert!(!recognise(text), "{text}");
        }
    }
}
