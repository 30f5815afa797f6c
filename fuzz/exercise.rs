//! What the fuzz targets do with bytes, and what must hold whatever the bytes are. `tests/fuzz.rs` does the same to
//! the seeds and to what a deterministic mutator makes of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use tlslint::{
    check::{self, HEAD, Report, Secret, Settings, Stamp, Tree, Wish, Workspace},
    finding::{
        Outcome,
        mend::{Mending, Standing},
        visible,
    },
    graph::Graph,
    policy::{self, Base, Baseline, Case, Comment, Config, Levels},
    render::{self, Format, Look},
    rules::CARDS,
    source::{
        Encoding, FileId, Place, Source, Span,
        decode::{decode, encode_as},
    },
    syntax::{
        capture, commands, dates, directives, json, ldif, openssl_text, pem, properties, reg, xml, yaml,
    },
    systems::{self, Input},
    x509::{self, Certificate, KeyMaterial, OcspResponse, PublicKey, Request, RevocationList, Time, store},
};

/// What stands before the path of each file of a packed tree, at the start of a line.
pub(crate) const MARK: &str = "@@@ ";

/// More files make a run slower and find nothing else.
const MOST_FILES: usize = 24;

/// Packs a tree into one input: for each file a line with its path, then its bytes and a line feed.
pub(crate) fn pack<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut packed = Vec::new();
    for (path, bytes) in files {
        packed.extend_from_slice(MARK.as_bytes());
        packed.extend_from_slice(path.as_bytes());
        packed.push(b'\n');
        packed.extend_from_slice(bytes);
        packed.push(b'\n');
    }
    packed
}

/// The files of a packed tree. Bytes before the first path belong to a file of nginx.
pub(crate) fn unpack(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in packed.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(MARK.as_bytes()) {
            Some(path) if files.len() < MOST_FILES => {
                let path = String::from_utf8_lossy(path);
                let parts = path.trim().split('/').filter(|part| !matches!(*part, "" | "." | ".."));
                let mut path = parts.take(12).collect::<Vec<_>>().join("/");
                if path.is_empty() {
                    "etc/nginx/nginx.conf".clone_into(&mut path);
                }
                if let Some((_, bytes)) = files.last_mut() {
                    bytes.pop();
                }
                files.push((path, Vec::new()));
            }
            _ => match files.last_mut() {
                Some((_, bytes)) => bytes.extend_from_slice(line),
                None => files.push(("etc/nginx/nginx.conf".to_owned(), line.to_vec())),
            },
        }
    }
    if let Some((_, bytes)) = files.last_mut().filter(|_| packed.starts_with(MARK.as_bytes())) {
        bytes.pop();
    }
    // A file and a folder cannot bear one name.
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("{path}/")).collect();
    let mut at = 0;
    files.retain(|_| {
        at += 1;
        !paths.iter().any(|other| *other != paths[at - 1] && other.starts_with(&paths[at - 1]))
    });
    files
}

/// "Today", and the passwords that seeds were sealed with.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::at(Time(1_795_305_600));
    settings.passwords = ["changeit", "secret", "password"]
        .iter()
        .map(|word| ("**".to_owned(), Secret::new(word.as_bytes().to_vec())))
        .collect();
    settings
}

/// One thread: a fuzzer that cannot repeat what it did is of no use.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had")
    })
    .install(work)
}

/// Target `pipeline`: a packed tree through everything, into every format. A `tlslint.toml` and a `baseline.json` in
/// the root of the tree are what they are on disk.
pub(crate) fn pipeline(packed: &[u8]) {
    let files = unpack(packed);
    let text = |name: &str| {
        let found = files.iter().find(|(path, _)| path == name);
        found.and_then(|(_, bytes)| String::from_utf8(bytes.clone()).ok())
    };
    let config = text("tlslint.toml").and_then(|text| config_of(&text));
    let baseline = text("baseline.json").and_then(|text| baseline_of(&text));
    alone(|| {
        let tree = Tree::in_memory(files.clone());
        let settings = settings();
        let (report, graph) = check::check_and(&tree, &settings, Graph::of);
        sound(&report);
        mended(&files, &tree, &report, &settings);
        formats(report, graph, config.as_ref(), baseline.as_ref());
        let inventory = check::inventory(&check::read(&tree, &settings), &tree, &Wish::default());
        for form in render::inventory::Form::ALL {
            let mut bytes = Vec::new();
            let _ =
                render::inventory::render(form, &inventory, &mut bytes, render::inventory::Sheet::default());
            harmless(form.name(), &bytes);
        }
    });
}

/// Everything that points into a text lies in it, between characters; every entry is there.
pub(crate) fn sound(report: &Report) {
    let lies_in = |source: &Source, span: Span, what: &str| {
        assert!(
            span.start <= span.end && source.text.get(span.range()).is_some(),
            "{}: {span:?} does not lie in {} bytes: {what}",
            source.path,
            source.text.len()
        );
    };
    for finding in &report.findings {
        for label in finding.labels() {
            let source =
                report.sources.get(label.at.file.0 as usize).expect("a label is in a file of the run");
            match label.at.place {
                Place::Whole => {}
                Place::Text(span) => lies_in(source, span, finding.rule),
                Place::Entry(index) => {
                    let entry = source.entries.get(index as usize);
                    let entry = entry.unwrap_or_else(|| {
                        panic!(
                            "{}: there is no entry {index}: {} says {}",
                            source.path, finding.rule, finding.message
                        )
                    });
                    lies_in(source, entry.span, finding.rule);
                }
            }
        }
        for edit in finding.fix.iter().flat_map(|fix| &fix.edits) {
            let source = report.sources.get(edit.file.0 as usize).expect("an edit is in a file of the run");
            lies_in(source, edit.span, finding.rule);
        }
    }
    for source in &report.sources {
        if source.encoding != Encoding::Binary {
            let end = source.position(source.text.len() as u32);
            assert!(end.line >= 1 && end.column >= 1);
        }
    }
}

/// A configuration, or mistakes that lie in its text.
fn config_of(text: &str) -> Option<Config> {
    match Config::parse("tlslint.toml", text, CARDS) {
        Ok(config) => Some(config),
        Err(error) => {
            for mistake in error.all() {
                let (_, shown, range) = mistake.place();
                assert!(shown.get(range.clone()).is_some(), "tlslint.toml: {range:?} is not in the text");
            }
            // As the program shows it.
            harmless("a mistake in tlslint.toml", format!("{:?}", miette::Report::new(error)).as_bytes());
            None
        }
    }
}

/// A baseline, which reads back what it writes.
fn baseline_of(text: &str) -> Option<Baseline> {
    let baseline = Baseline::read(text).ok()?;
    let again = Baseline::read(&baseline.written()).expect("a baseline reads what it writes");
    assert_eq!(baseline, again);
    Some(baseline)
}

/// Puts every edit that is offered into the bytes, and checks again what comes of it: a workspace that knows the tree
/// from before finds what a run from scratch finds.
fn mended(files: &[(String, Vec<u8>)], tree: &Tree<'_>, report: &Report, settings: &Settings) {
    if report.findings.iter().all(|finding| finding.fix.is_none()) {
        return;
    }
    let original: BTreeMap<&str, &[u8]> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let standing = |file: FileId| {
        let source = &report.sources[file.0 as usize];
        Standing::new(source, original.get(&*source.path).copied().unwrap_or_default()).ok()
    };
    let mut mending = Mending::default();
    for fix in report.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        if fix.edits.iter().all(|edit| standing(edit.file).is_some_and(|it| it.allows([edit]).is_ok())) {
            mending.take(fix);
        }
    }
    let mut texts: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    for (file, edits) in mending.files() {
        let new = standing(file).expect("it stood a moment ago").with(&edits);
        let new = new.expect("what every edit was asked alone holds for all of them");
        texts.insert(report.sources[file.0 as usize].path.to_string(), new.into());
    }
    if texts.is_empty() {
        return;
    }
    let mut workspace = Workspace::default();
    let stamps: Vec<Stamp> = vec![(0, 0); tree.candidates.len()];
    assert_eq!(workspace.check(tree, &stamps, settings).findings, report.findings);
    let changed = Tree::in_memory(files.to_vec()).with_texts(&texts);
    let version = |path: &str| (u64::from(texts.contains_key(path)), 0);
    let stamps: Vec<Stamp> = changed.candidates.iter().map(|it| version(&it.path)).collect();
    let again = workspace.check(&changed, &stamps, settings);
    sound(&again);
    assert_eq!(again.findings, check::check(&changed, settings).findings);
}

/// Writes a report in every format there is, and the graph.
fn formats(report: Report, mut graph: Graph, config: Option<&Config>, baseline: Option<&Baseline>) {
    let levels = Levels::new(CARDS, config, &[], &[]).expect("no level is wrong that the configuration took");
    let comment = |it: tlslint::model::facts::IgnoreComment| Comment {
        at: it.at,
        line: it.line,
        rules: it.rules,
        reason: it.reason,
    };
    let verdicts = policy::judge(Case {
        cards: CARDS,
        sources: report.sources,
        findings: report.findings,
        comments: report.ignores.into_iter().map(comment).collect(),
        config,
        levels: &levels,
        baseline,
        base: &Base { working_folder: "/".into(), config_folder: "/".into(), root: "/".into() },
        today: time::Date::from_ordinal_date(2026, 326).expect("2026-11-22 is a day"),
        reported: None,
    });
    let outcome = Outcome {
        as_of: "2026-11-22T00:00:00Z".to_owned(),
        sources: verdicts.sources,
        judged: verdicts.judged,
        cards: CARDS,
        files: report.counts.files,
        certificates: report.counts.certificates,
        keys: report.counts.keys,
    };
    graph.mark(&outcome);
    for format in Format::ALL {
        let mut bytes = Vec::new();
        render::render(format, &outcome, &mut bytes, Look::default()).expect("memory takes everything");
        harmless(format.name(), &bytes);
    }
    for format in [render::graph::Format::Dot, render::graph::Format::Mermaid, render::graph::Format::Json] {
        let mut bytes = Vec::new();
        render::graph::write(format, &graph, &mut bytes).expect("memory takes everything");
        harmless(&format!("{format:?}"), &bytes);
    }
    let mut bytes = Vec::new();
    render::graph::write_page(&graph, &mut bytes).expect("memory takes everything");
    harmless("page", &bytes);
}

/// Text, and none of it acts on a terminal or turns the direction of what follows.
pub(crate) fn harmless(format: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{format} is no text: {error}"));
    let acts = |c: char| visible::acts(c) && !matches!(c, '\n' | '\r' | '\t');
    if let Some(at) = text.find(acts) {
        let start = text[..at].char_indices().rev().nth(60).map_or(0, |(start, _)| start);
        panic!("{format} lets {:?} through: {:?}", text[at..].chars().next(), &text[start..at]);
    }
}

/// Target `certificates`: everything that reads DER, BER and keystores.
pub(crate) fn certificates(bytes: &[u8]) {
    let _ = x509::sniff_der(bytes);
    let _ = x509::dh_parameters(bytes);
    if let Ok(certificate) = Certificate::parse(bytes) {
        one_certificate(&certificate);
    }
    if let Ok(request) = Request::parse(bytes) {
        let _ = x509::verify_request(&request);
    }
    if let Ok(list) = RevocationList::parse(bytes) {
        let _ = format!("{list:?}");
    }
    let _ = OcspResponse::parse(bytes);
    let _ = PublicKey::parse(bytes);
    let _ = PublicKey::parse_pkcs1(bytes);
    for label in
        ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY"]
    {
        if let Ok(KeyMaterial::Locked(key)) = x509::private_key(label, &[], bytes)
            && key.iterations.unwrap_or(1) <= 5_000
        {
            let _ = key.unlock(b"secret");
        }
    }
    for der in x509::pkcs7_certificates(bytes).unwrap_or_default().iter().take(8) {
        if let Ok(certificate) = Certificate::parse(der) {
            one_certificate(&certificate);
        }
    }
    let _ = x509::pkcs7_revocation_lists(bytes);
    if let Some(content) = store::read(bytes) {
        let _ = format!("{content:?}");
        let _ = store::open(bytes, &[b"changeit", b"secret", b""], 20_000);
    }
}

fn one_certificate(it: &Certificate) {
    let _ = it.listing();
    let _ = it.names().count();
    let _ = it.host_coverage("www.example.com");
    let _ = it.host_coverage("192.0.2.1");
    let _ = x509::verify(it, &it.public_key);
    if let Some(constraints) = &it.name_constraints {
        let _ = constraints.outside(it);
    }
}

/// Target `readers`: a path on the first line, the bytes of a file behind it; every format and every system reads it.
pub(crate) fn readers(input: &[u8]) {
    let cut = memchr_line(input);
    let path = String::from_utf8_lossy(&input[..cut]).trim().to_owned();
    let bytes = input.get(cut + 1..).unwrap_or_default();
    if let Some((text, encoding)) = decode(bytes) {
        formats_of(&text);
        let again = encode_as(&text, encoding).and_then(|bytes| decode(&bytes));
        assert!(again.is_none_or(|(again, _)| again == text), "{encoding:?} reads another text back");
    }
    let _ = capture::read(bytes);
    let head = &bytes[..bytes.len().min(HEAD)];
    let known = systems::of(&path, head);
    let whole = Input { file: FileId(0), path: &path, bytes };
    for system in systems::ALL {
        let (mut source, facts) = system.read_bytes(&whole);
        source.mask_url_passwords();
        source.mask_private_keys();
        for problem in &facts.problems {
            let span = source.span(problem.at.place);
            assert!(source.text.get(span.range()).is_some(), "{}: {span:?}", system.name);
        }
        for comment in &facts.ignores {
            let span = source.span(comment.at.place);
            assert!(source.text.get(span.range()).is_some(), "{}: {span:?}", system.name);
        }
        if known.is_some_and(|it| it.name == system.name) {
            let _ = format!("{facts:?}");
        }
    }
}

fn memchr_line(input: &[u8]) -> usize {
    input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len())
}

/// Every format reads any text.
fn formats_of(text: &str) {
    let inside = |span: Span, what: &str| {
        assert!(text.get(span.range()).is_some(), "{what}: {span:?} does not lie in {} bytes", text.len());
    };
    for directive in &directives::Tree::parse(text).directives {
        inside(directive.span, "directives");
    }
    let parsed = json::parse(text);
    parsed.documents.iter().for_each(|it| values(it, &inside, "json"));
    parsed.slips.iter().for_each(|it| inside(it.at, "a slip of json"));
    let parsed = yaml::parse(text);
    parsed.documents.iter().for_each(|it| values(it, &inside, "yaml"));
    for it in yaml::comments(text) {
        inside(it, "a comment of yaml");
    }
    let parsed = xml::parse(text);
    parsed.roots.iter().for_each(|it| elements(it, &inside));
    parsed.comments.iter().for_each(|it| inside(it.span, "a comment of xml"));
    for property in properties::parse(text) {
        inside(property.key_span, "properties");
        inside(property.value_span, "properties");
    }
    for it in properties::comments(text) {
        inside(it, "a comment of properties");
    }
    let _ = reg::parse(text);
    for dialect in [commands::Dialect::Cmd, commands::Dialect::PowerShell, commands::Dialect::Posix] {
        for line in commands::split(text, dialect) {
            inside(line.span, "commands");
        }
    }
    for block in &pem::scan(text).blocks {
        inside(block.span, "pem");
        inside(block.body, "pem");
    }
    for part in directives::split_dump(text).into_iter().flatten() {
        let options = directives::Options::default();
        for directive in &directives::Tree::parse_span(text, part.span, options).directives {
            inside(directive.span, "a part of a dump");
        }
    }
    more_formats_of(text, &inside);
    let _ = config_of(text);
    let _ = baseline_of(text);
}

fn more_formats_of(text: &str, inside: &dyn Fn(Span, &str)) {
    let directory = ldif::parse(text);
    directory.comments.iter().for_each(|it| inside(*it, "a comment of ldif"));
    for entry in &directory.entries {
        inside(entry.span, "ldif");
        let _ = entry.dn();
        for value in entry.dn.iter().chain(entry.attributes.iter().map(|it| &it.value)) {
            inside(value.span, "a value of ldif");
            let _ = (value.text(), value.path());
        }
        entry.attributes.iter().for_each(|it| inside(it.name_span, "a name of ldif"));
    }
    for print in openssl_text::find(text) {
        inside(print.span, "openssl");
        let words = [&print.serial, &print.signature, &print.issuer, &print.subject, &print.not_before];
        let words = words.into_iter().chain([&print.not_after, &print.key_algorithm]).flatten();
        words.for_each(|it| inside(it.span, "a word of openssl"));
        for extension in &print.extensions {
            inside(extension.span, "an extension of openssl");
            extension.lines.iter().for_each(|it| inside(it.span, "a line of openssl"));
            for word in print.listed(&extension.name).unwrap_or_default() {
                inside(word.span, "a part of a line of openssl");
            }
        }
        for (_, word) in print.alt_names().unwrap_or_default() {
            inside(word.span, "a name of openssl");
        }
        let _ = (print.is_ca(), print.subject_key_id(), print.authority_key_id());
    }
    for line in text.lines().take(50) {
        for read in [dates::openssl, dates::java, dates::day, dates::iso] {
            let _ = read(line).and_then(|it| it.universal());
        }
    }
}

fn values(value: &tlslint::syntax::value::Value, inside: &dyn Fn(Span, &str), what: &str) {
    inside(value.span, what);
    for member in value.members() {
        inside(member.key_span, what);
        values(&member.value, inside, what);
    }
    for item in value.items() {
        values(item, inside, what);
    }
}

fn elements(element: &xml::Element, inside: &dyn Fn(Span, &str)) {
    for span in [element.span, element.open_span, element.name_span, element.text_span] {
        inside(span, "xml");
    }
    for attribute in &element.attributes {
        inside(attribute.name_span, "xml");
        inside(attribute.value_span, "xml");
    }
    element.children.iter().for_each(|it| elements(it, inside));
}
