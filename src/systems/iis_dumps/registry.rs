//! Registry exports: the provider of the Central Certificate Store, http.sys records, the addresses http.sys listens on.
//! Records of the registry have no language and no layout; their flags are those of the API, not those of `sslFlags`.

use sha2::{Digest, Sha256};

use crate::{
    model::{
        Said,
        iis::{CentralStore, Dump, DumpKind, Key, ListenList, Record, RecordOption, Thumbprint, Unit},
        seal::UNSAFE,
    },
    source::{FileId, Location, Source, Span},
    syntax::reg::{self, Content, Reg, Value},
};

use super::shapes;

/// The key of the provider.
const PROVIDER: &str = "\\microsoft\\iis\\centralcertprovider";
/// The key that http.sys keeps its settings in.
const PARAMETERS: &str = "\\services\\http\\parameters";

/// Bits of `DefaultFlags`.
const FLAGS: &[(u32, RecordOption)] = &[
    (0x1, RecordOption::DsMapper),
    (0x2, RecordOption::NegotiateClientCertificate),
    (0x8, RecordOption::Reject),
    (0x10, RecordOption::DisableHttp2),
    (0x20, RecordOption::DisableQuic),
    (0x40, RecordOption::DisableTls13),
    (0x80, RecordOption::DisableOcspStapling),
    (0x400, RecordOption::DisableLegacyTls),
    (0x1000, RecordOption::DisableTls12),
];

/// Whether an export has keys of IIS or http.sys, as far as its beginning shows.
pub(super) fn concerns(head: &str) -> bool {
    reg::is_export(head)
        && head.lines().filter_map(|line| line.trim().strip_prefix('[')).any(|key| {
            let key = key.trim_end_matches(']').to_ascii_lowercase();
            // `reg export` of a branch above begins with that branch.
            let machine = key.strip_prefix("hkey_local_machine").unwrap_or(&key);
            key.contains("\\microsoft\\iis")
                || key.contains("\\services\\http")
                || ["\\software", "\\software\\microsoft", "\\system", "\\system\\currentcontrolset"]
                    .contains(&machine)
        })
}

/// Reads an export and masks its secrets.
pub(super) fn read(file: FileId, source: &mut Source, unit: &mut Unit) -> Vec<Span> {
    let reg = reg::parse(&source.text);
    let context = Context { file, reg: &reg };
    // A file of commands for regedit, or one that a person wrote, may leave out what is there.
    let edited = reg.comments.iter().any(|it| !source.slice(*it).contains("tlslint:"))
        || reg
            .keys
            .iter()
            .any(|key| key.removed || key.values.iter().any(|it| it.content == Content::Removed));
    let mut dump = Dump {
        kind: DumpKind::Registry,
        at: Location::whole(file),
        records: Vec::new(),
        partial: true,
        generation: None,
    };
    let mut tables = 0;
    let mut branch = None;
    for key in reg.keys.iter().filter(|key| !key.removed) {
        let path = key.path.to_ascii_lowercase();
        if path.ends_with(PROVIDER) && !path.contains("wow6432node") {
            unit.central_stores.push(context.central(key, !edited));
        }
        let Some(at) = path.find(PARAMETERS) else { continue };
        // Older sets of settings stand beside the one in use.
        if *branch.get_or_insert_with(|| path[..at].to_owned()) != path[..at] {
            continue;
        }
        let below: Vec<&str> = key.path[at + PARAMETERS.len()..].split('\\').skip(1).collect();
        match below[..] {
            [] => {
                dump.at = context.at(key.span);
                dump.partial = edited;
                unit.listen_lists.extend(context.listen_list(key));
            }
            [table] if table.to_ascii_lowercase().ends_with("bindinginfo") => tables += 1,
            [table, name] => {
                let name_at = Span::new(key.span.end as usize - name.len(), key.span.end as usize);
                if let Some(found) = record_key(table, name) {
                    dump.records.push(context.record(key, found, name_at));
                }
            }
            _ => {}
        }
    }
    if !dump.records.is_empty() || (tables > 0 && !dump.partial) {
        if dump.at == Location::whole(file)
            && let Some(first) = dump.records.first()
        {
            dump.at = first.at;
        }
        unit.dumps.push(dump);
    }
    let comments = reg.comments.clone();
    let secrets: Vec<Span> =
        reg.keys.iter().flat_map(|key| &key.values).filter(|it| is_secret(it)).map(|it| it.span).collect();
    for span in secrets {
        source.mask(span);
    }
    comments
}

fn is_secret(value: &Value) -> bool {
    let name = value.name.to_ascii_lowercase();
    matches!(value.content, Content::Text(_) | Content::Bytes(..) | Content::Unreadable)
        && (name.contains("password") || name.contains("secret"))
}

/// `SslBindingInfo\ADDRESS:PORT`, `SslSniBindingInfo\HOST:PORT`, `SslCcsBindingInfo\PORT`.
fn record_key(table: &str, name: &str) -> Option<Key> {
    match &*table.to_ascii_lowercase() {
        "sslbindinginfo" => shapes::endpoint(name).filter(|it| matches!(it, Key::Endpoint(..))),
        "sslsnibindinginfo" => {
            // `0.0.0.0:443:www.example.com`
            let turned = || {
                let (rest, host) = name.rsplit_once(':')?;
                let port = rest.rsplit_once(':')?.1;
                shapes::endpoint(&format!("{host}:{port}"))
            };
            let is_name = |it: &Key| matches!(it, Key::Name(..));
            shapes::endpoint(name).filter(is_name).or_else(|| turned().filter(is_name))
        }
        "sslccsbindinginfo" => {
            let port = name.rsplit_once(':').map_or(name, |(_, port)| port);
            shapes::port_number(port).map(Key::Central)
        }
        _ => None,
    }
}

#[derive(Copy, Clone)]
struct Context<'r> {
    file: FileId,
    reg: &'r Reg,
}

impl Context<'_> {
    fn at(self, span: Span) -> Location {
        Location::text(self.file, span)
    }

    fn said(self, value: &Value) -> Option<Said> {
        Some(Said { text: self.reg.text(value)?, at: self.at(value.span) })
    }

    fn number(self, key: &reg::Key, name: &str) -> Option<(u32, Location)> {
        let value = key.value(name)?;
        if let Content::Number(number) = value.content { Some((number, self.at(value.span))) } else { None }
    }

    fn central(self, key: &reg::Key, complete: bool) -> CentralStore {
        let password = key.value("Password");
        let key_password = key.value("PrivateKeyPassword");
        let secret = password.and_then(|it| self.reg.text(it)).filter(|it| !it.is_empty());
        CentralStore {
            at: self.at(key.span),
            enabled: self.number(key, "Enabled").map(|(number, at)| (number != 0, at)),
            location: key.value("CertStoreLocation").and_then(|it| self.said(it)),
            user: key.value("UserName").and_then(|it| self.said(it)),
            password: password.map(|it| self.at(it.span)),
            password_digest: secret.map(|it| digest(&it)),
            key_password: key_password
                .and_then(|it| Some((!self.reg.text(it)?.is_empty(), self.at(it.span)))),
            polling: self.number(key, "PollingInterval").map(|(number, at)| (number.into(), at)),
            complete,
        }
    }

    fn listen_list(self, key: &reg::Key) -> Option<ListenList> {
        let value = key.value("ListenOnlyList")?;
        let at = self.at(value.span);
        let texts = self.reg.texts(value)?;
        let addresses = texts.iter().filter_map(|it| Some((shapes::bare_address(it)?, at))).collect();
        Some(ListenList { at, addresses })
    }

    fn record(self, key: &reg::Key, found: Key, name_at: Span) -> Record {
        let at = self.at(name_at);
        let hash = key.value("SslCertHash");
        let thumbprint = match hash.map(|it| &it.content) {
            None => Thumbprint::Null,
            Some(Content::Bytes(_, bytes)) if bytes.is_empty() => Thumbprint::Null,
            Some(Content::Bytes(_, bytes)) => {
                let digits = data_encoding::HEXLOWER.encode(bytes);
                shapes::thumbprint(&digits).unwrap_or(Thumbprint::Unknown)
            }
            Some(_) => Thumbprint::Unknown,
        };
        let store = key.value("SslCertStoreName");
        let named = store.and_then(|it| self.said(it)).filter(|it| !it.is_blank());
        let is_null = named.is_none().then(|| store.map_or(at, |it| self.at(it.span)));
        let number = |name: &str| self.number(key, name).map(|(number, _)| u64::from(number));
        Record {
            at,
            key: found,
            hash: thumbprint,
            hash_at: hash.map_or(at, |it| self.at(it.span)),
            app_id: key.value("AppId").and_then(|it| self.app_id(it)),
            store: named,
            store_is_null: is_null,
            options: self.options(key),
            ctl_store: key
                .value("DefaultSslCtlStoreName")
                .and_then(|it| self.said(it))
                .filter(|it| !it.is_blank()),
            times: (
                number("DefaultSslRevocationFreshnessTime"),
                number("DefaultSslRevocationUrlRetrievalTimeout"),
            ),
        }
    }

    fn app_id(self, value: &Value) -> Option<Said> {
        let text = match &value.content {
            Content::Bytes(_, bytes) => guid(bytes)?,
            _ => self.reg.text(value)?.to_ascii_lowercase(),
        };
        (shapes::guid(&text) == Some(shapes::Guid::Whole)).then(|| Said { text, at: self.at(value.span) })
    }

    fn options(self, key: &reg::Key) -> Vec<(RecordOption, Option<bool>, Location)> {
        let mut options = Vec::new();
        if let Some((mode, at)) = self.number(key, "DefaultSslCertCheckMode") {
            // netsh prints the inverse of bits that turn a check off.
            options.push((RecordOption::VerifyRevocation, Some(mode & 1 == 0), at));
            options.push((RecordOption::CachedOnly, Some(mode & 2 != 0), at));
            options.push((RecordOption::UsageCheck, Some(mode & 0x1_0000 == 0), at));
        }
        if let Some((flags, at)) = self.number(key, "DefaultFlags") {
            options.extend(FLAGS.iter().map(|(bit, option)| (*option, Some(flags & bit != 0), at)));
        }
        options
    }
}

/// Something that is equal for equal secrets and says nothing else about them. What is too short for something encrypted
/// could be found by trying; a question mark before it says so.
pub(super) fn digest(secret: &str) -> String {
    let bytes = data_encoding::BASE64.decode(secret.trim().as_bytes());
    let mark = if bytes.is_ok_and(|it| it.len() >= 16) { "" } else { UNSAFE };
    format!("{mark}{}", data_encoding::HEXLOWER.encode(&Sha256::digest(secret.as_bytes())[..16]))
}

/// The first three parts of a GUID are numbers with the low byte first.
fn guid(bytes: &[u8]) -> Option<String> {
    if bytes.len() != 16 {
        return None;
    }
    let hex = |from: usize, to: usize| data_encoding::HEXLOWER.encode(&bytes[from..to]);
    let turned = |from: usize, to: usize| {
        let turned: Vec<u8> = bytes[from..to].iter().rev().copied().collect();
        data_encoding::HEXLOWER.encode(&turned)
    };
    Some(format!("{{{}-{}-{}-{}-{}}}", turned(0, 4), turned(4, 6), turned(6, 8), hex(8, 10), hex(10, 16)))
}
