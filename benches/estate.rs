//! Writes estates as large repositories have them: one file of ten is of TLS, the others are what else lies there.
//! The same seed writes the same bytes.

#![allow(dead_code, reason = "no benchmark needs all of it")]

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

mod apigee;
mod faults;
mod foreign;
mod keys;
mod nginx;
mod others;
mod prose;
mod random;
mod words;

use faults::Fault;
use keys::{Authority, Life, strangers};
use nginx::Server;
use random::Random;

/// Files of a cell: what one team has.
const CELL: usize = 1_000;
/// Sites of a team's own server, and those it has on the server at the edge.
const OWN_SITES: usize = 8;
const EDGE_SITES: usize = 5;

/// Whatever changes the bytes changes this, so that no older tree is measured for it.
const EDITION: u64 = 4;

/// What was written, and what is wrong with it on purpose.
pub(crate) struct Estate {
    pub(crate) folder: PathBuf,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// Rule, and the file where it finds it, from the folder on.
    pub(crate) planted: BTreeSet<(String, String)>,
}

/// Writes files and keeps count.
pub(crate) struct Writer {
    root: PathBuf,
    folders: HashSet<PathBuf>,
    files: usize,
    bytes: u64,
    planted: BTreeSet<(String, String)>,
}

impl Writer {
    fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), folders: HashSet::new(), files: 0, bytes: 0, planted: BTreeSet::new() }
    }

    fn file(&mut self, path: &str, bytes: &[u8]) {
        let path = self.root.join(path);
        let folder = path.parent().unwrap();
        if !self.folders.contains(folder) {
            fs::create_dir_all(folder).unwrap();
            self.folders.insert(folder.to_owned());
        }
        assert!(!path.exists(), "{} is written twice", path.display());
        fs::write(&path, bytes).unwrap();
        self.files += 1;
        self.bytes += bytes.len() as u64;
    }

    fn text(&mut self, path: &str, text: &str) {
        self.file(path, text.as_bytes());
    }

    /// A key, which nobody else may read.
    fn key(&mut self, path: &str, text: &str) {
        self.text(path, text);
        #[cfg(unix)]
        fs::set_permissions(self.root.join(path), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }

    /// A file of this repository.
    fn copy(&mut self, from: &str, path: &str) {
        self.file(path, &fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(from)).unwrap());
    }

    fn plant(&mut self, rule: &str, path: &str) {
        assert!(self.planted.insert((rule.to_owned(), path.to_owned())));
    }

    fn done(self) -> Estate {
        Estate { folder: self.root, files: self.files, bytes: self.bytes, planted: self.planted }
    }
}

/// What holds for a whole estate.
struct Ground {
    random: Random,
    authority: Authority,
    strangers: Vec<String>,
}

/// An estate of so many files (whole thousands), written where it does not stand yet.
pub(crate) fn mixed(folder: &Path, files: usize) -> Estate {
    made(folder, files, |writer| {
        let mut random = Random::new(2_026);
        let authority = Authority::new(&mut random, "Example Corp", 12);
        let strangers = strangers(&mut random, 120);
        let mut ground = Ground { random, authority, strangers };
        let edge = Server::etc("infra/edge");
        edge.main(writer, &ground.authority);
        writer.text(".gitignore", "node_modules/\ntarget/\ndist/\n*.log\n*.class\n*.key\n*.p12\n*.pfx\n");
        for number in 0..files.div_ceil(CELL) {
            cell(writer, &mut ground, &edge, number);
            let so_far = writer.files;
            let team = team(number);
            let wanted = files.min((number + 1) * CELL);
            foreign::foreign(writer, &mut ground.random, &team, wanted.saturating_sub(so_far));
        }
    })
}

fn team(number: usize) -> String {
    let mut random = Random::new(number as u64);
    format!("{}/{}-{number:03}", words::noun(&mut random), words::slug(&mut random))
}

/// What a team has that is of TLS: about a hundred files. In the first cell every fault occurs, in the others one.
fn cell(writer: &mut Writer, ground: &mut Ground, edge: &Server, number: usize) {
    let Ground { random, authority, strangers } = ground;
    let faults: &[Fault] = if number == 0 { &Fault::ALL } else { &[Fault::ALL[number % Fault::ALL.len()]] };
    let mut of_sites = faults.iter().copied().filter(|it| it.rule_of_site().is_some());
    let team = team(number);
    let server = Server::in_one_folder(&format!("{team}/deploy/nginx"));
    server.main(writer, authority);
    for site in 0..OWN_SITES {
        let host = format!("{}-{site}.team{number:03}.example.net", words::slug(random));
        server.site(writer, random, authority, &host, of_sites.next());
    }
    for site in 0..EDGE_SITES {
        let host = format!("{}-{number:03}-{site}.example.com", words::slug(random));
        edge.site(writer, random, authority, &host, None);
    }
    let dangling = faults.contains(&Fault::NoReference);
    apigee::organisation(
        writer,
        random,
        authority,
        &format!("{team}/apigee/organizations/org{number:03}"),
        3,
        dangling,
    );
    others::farm(writer, &format!("{team}/iis/farm{number:03}"), faults.contains(&Fault::NoRecord));
    others::java(writer, &format!("{team}/services"));
    let glued = faults.contains(&Fault::Glued);
    others::bundle(writer, random, &format!("{team}/services/app/certs/ca-bundle.pem"), strangers, glued);
    others::bundle(writer, random, &format!("{team}/python/certs/cacert.pem"), strangers, false);
}

/// One server with so many sites, all healthy, whose files nginx itself accepts.
pub(crate) fn sites(folder: &Path, count: usize) -> Estate {
    made(folder, count, |writer| {
        let mut random = Random::new(443);
        let authority = Authority::new(&mut random, "Example Corp", 12);
        let server = Server::in_one_folder("nginx");
        server.main(writer, &authority);
        for site in 0..count {
            let host = format!("{}-{site:04}.example.net", words::slug(&mut random));
            server.site(writer, &mut random, &authority, &host, None);
        }
    })
}

/// An organisation with so many proxies.
pub(crate) fn proxies(folder: &Path, count: usize) -> Estate {
    made(folder, count, |writer| {
        let mut random = Random::new(8_443);
        let authority = Authority::new(&mut random, "Example Corp", 0);
        apigee::organisation(writer, &mut random, &authority, "organizations/acme", count, false);
    })
}

/// So many bundles of a leaf and its intermediate, the root that they end at, and a server that shows each of them: a
/// chain that nobody uses is not verified.
pub(crate) fn chains(folder: &Path, count: usize) -> Estate {
    made(folder, count, |writer| {
        let mut random = Random::new(509);
        let authority = Authority::new(&mut random, "Example Corp", 12);
        writer.text("root.pem", &authority.root);
        writer.text("intermediate.pem", &authority.intermediate);
        let mut servers = String::from(
            "events {}\nhttp {\n    ssl_protocols TLSv1.2 TLSv1.3;\n    server {\n        listen 8443 ssl default_server;\n        server_name _;\n        ssl_reject_handshake on;\n    }\n",
        );
        for number in 0..count {
            let host = format!("{}-{number:04}.example.net", words::slug(&mut random));
            let (leaf, key) = authority.leaf(&mut random, &host, Life::Usual, number % 4 == 0);
            writer.text(&format!("chains/{host}.pem"), &format!("{leaf}{}", authority.intermediate));
            writer.key(&format!("keys/{host}.key"), &key);
            let _ = write!(
                servers,
                "    server {{\n        listen 8443 ssl;\n        server_name {host};\n        ssl_certificate chains/{host}.pem;\n        ssl_certificate_key keys/{host}.key;\n    }}\n"
            );
        }
        writer.text("nginx.conf", &(servers + "}\n"));
    })
}

/// Makes a tree, or takes the one that stands there if the same was asked for when it was made.
fn made(folder: &Path, size: usize, make: impl FnOnce(&mut Writer)) -> Estate {
    let note = folder.with_extension("made.json");
    let stands =
        fs::read(&note).ok().and_then(|it| serde_json::from_slice::<(u64, usize, usize, u64, _)>(&it).ok());
    if let Some((EDITION, wanted, files, bytes, planted)) = stands
        && wanted == size
    {
        return Estate { folder: folder.to_owned(), files, bytes, planted };
    }
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::create_dir_all(folder).unwrap();
    let mut writer = Writer::new(folder);
    make(&mut writer);
    let estate = writer.done();
    let text = serde_json::to_vec(&(EDITION, size, estate.files, estate.bytes, &estate.planted)).unwrap();
    fs::write(note, text).unwrap();
    estate
}
