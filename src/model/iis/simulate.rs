//! Which record http.sys takes for a connection, and what a client gets: the documented order is the exact address,
//! then the name in the handshake, then the Central Certificate Store, then the wildcards of IPv6 and IPv4.

use std::net::IpAddr;

use super::{
    machine::Seen,
    share::ShareFile,
    unit::{Address, Key, Record, Thumbprint},
};

/// A connection as http.sys sees it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Connection<'c> {
    /// The address of the machine that it came in on; `None` for one that no record names.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// The name in the handshake, lower case; `None` for a client that sends none.
    pub name: Option<&'c str>,
}

/// What a connection gets.
#[derive(Copy, Clone, Debug)]
pub enum Served<'i> {
    /// The certificate of this record.
    Record(&'i Record),
    /// This file of the Central Certificate Store, through this record.
    Central(&'i Record, Option<&'i ShareFile>),
    /// No record: the connection is dropped before IIS sees it, and no log has a line about it.
    Dropped,
}

impl<'i> Served<'i> {
    /// The record that was taken.
    pub fn record(self) -> Option<&'i Record> {
        match self {
            Self::Record(record) | Self::Central(record, _) => Some(record),
            Self::Dropped => None,
        }
    }

    /// The certificate, where it is known.
    pub fn thumbprint(self) -> Option<&'i str> {
        match self {
            Self::Record(record) => record.hash.known(),
            Self::Central(..) | Self::Dropped => None,
        }
    }
}

impl<'i> Seen<'i> {
    /// What a connection gets on this machine; `None` where the records of the machine are not known.
    pub fn serve(self, connection: Connection<'_>) -> Option<Served<'i>> {
        let dump = self.dump()?;
        let Connection { address, port, name } = connection;
        let find = |key: Key| self.record(&key);
        // A record without a certificate answers nobody.
        let usable = |it: &&Record| !matches!(it.hash, Thumbprint::Null);
        if let Some(record) =
            address.and_then(|it| find(Key::Endpoint(Address::One(it), port))).filter(usable)
        {
            return Some(Served::Record(record));
        }
        if let Some(name) = name {
            if let Some(record) = find(Key::Name(name.to_owned(), port)).filter(usable) {
                return Some(Served::Record(record));
            }
            let parent = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
            if let Some(record) = parent.and_then(|it| find(Key::Name(it, port))).filter(usable) {
                return Some(Served::Record(record));
            }
            if let Some(record) = find(Key::Central(port)) {
                // Without the folder nobody knows which files are there.
                match self.share().filter(|it| it.whole) {
                    None => return Some(Served::Central(record, None)),
                    Some(share) => {
                        if let Some(file) = share.file_for(name) {
                            return Some(Served::Central(record, Some(file)));
                        }
                    }
                }
            }
        }
        let v6 = address.is_some_and(|it| it.is_ipv6());
        let wildcard = v6.then(|| find(Key::Endpoint(Address::AnyV6, port))).flatten().filter(usable);
        let wildcard = wildcard.or_else(|| find(Key::Endpoint(Address::Any, port)).filter(usable));
        if let Some(record) = wildcard {
            return Some(Served::Record(record));
        }
        if dump.partial { None } else { Some(Served::Dropped) }
    }

    /// Records of single addresses on a port: they come before names and the Central Certificate Store.
    pub fn single_addresses(self, port: u16) -> Vec<(IpAddr, &'i Record)> {
        let records = self.dump().map_or(&[][..], |it| &it.records);
        records
            .iter()
            .filter_map(|it| match it.key {
                Key::Endpoint(Address::One(address), own) if own == port => Some((address, it)),
                _ => None,
            })
            .collect()
    }
}
