//! Levels, ignores and the configuration, on findings made by hand.

use std::fmt::Write as _;

use super::*;
use crate::{
    finding::{CardOption, Label},
    source::{Encoding, Location, Place, Span},
};

const fn card(id: &'static str, level: Level, enabled: bool) -> Card {
    Card {
        id,
        level,
        enabled,
        since: "0.1.0",
        summary: "",
        why: "",
        fix: "",
        references: &[],
        aliases: &[],
        options: &[],
    }
}

static CARDS: &[&Card] = &[
    &Card { aliases: &["cert/old"], ..card("cert/expired", Level::Error, true) },
    &Card {
        options: &[CardOption { name: "days", default: 30, what: "days" }],
        ..card("cert/expiring", Level::Warning, true)
    },
    &card("cert/lifetime", Level::Note, false),
    &card("key/mismatch", Level::Error, true),
    &card(UNUSED_IGNORE, Level::Warning, true),
];

fn config(text: &str) -> Config {
    Config::parse("tlslint.toml", text, CARDS).unwrap_or_else(|error| {
        panic!("{}", error.all().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    })
}

/// Each mistake of a configuration with what it points at, its message and its help.
fn mistakes(text: &str) -> String {
    let error = Config::parse("tlslint.toml", text, CARDS).expect_err("there are mistakes");
    let mut shown = String::new();
    for error in error.all() {
        let labels: Vec<_> = miette::Diagnostic::labels(error).expect("every mistake has a place").collect();
        let (start, len) = (labels[0].offset(), labels[0].len());
        let help = miette::Diagnostic::help(error).map_or(String::new(), |help| format!(" | {help}"));
        let label = labels[0].label().unwrap_or("");
        writeln!(shown, "‹{}› {error} | {label}{help}", &text[start..start + len])
            .expect("a text takes everything");
    }
    shown
}

fn levels(config: Option<&Config>, select: &[&str], ignore: &[&str]) -> String {
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let levels = match Levels::new(CARDS, config, &owned(select), &owned(ignore)) {
        Ok(levels) => levels,
        Err(error) => return format!("{error}; {:?}", error.nearest),
    };
    let runs = CARDS.iter().filter(|card| levels.runs(card.id));
    runs.map(|card| match levels.level(card.id) {
        Some(level) => format!("{}={}", card.id, level.word()),
        None => card.id.to_owned(),
    })
    .collect::<Vec<_>>()
    .join(" ")
}

const FILE: &str = "a.conf";

fn sources(text: &str) -> Vec<Source> {
    let entry = ("partner".to_owned(), "key".to_owned());
    vec![
        Source::text(FILE, text.to_owned(), Encoding::Utf8 { bom: false }),
        Source::listing("store.p12", &[entry]),
        Source::text("sub/b.conf", text.to_owned(), Encoding::Utf8 { bom: false }),
    ]
}

fn finding(rule: &'static str, at: Location) -> Finding {
    let primary = Label { at, text: String::new() };
    Finding {
        primary,
        rule,
        level: Level::Error,
        message: rule.into(),
        related: Vec::new(),
        help: String::new(),
        absent: Vec::new(),
        fix: None,
    }
}

fn at(sources: &[Source], file: u32, word: &str) -> Location {
    let start = sources[file as usize].text.find(word).expect("the word is there");
    Location::text(FileId(file), Span::new(start, start + word.len()))
}

/// Reads comments as a system does, far enough for these tests.
fn comments(sources: &[Source]) -> Vec<Comment> {
    let mut list = Vec::new();
    for (line, text) in sources[0].text.lines().enumerate() {
        let Some((_, rest)) = text.split_once("tlslint: ignore[") else { continue };
        let (rules, reason) = rest.split_once(']').expect("the bracket is closed");
        let start = sources[0].text.find(text).expect("the line is there");
        list.push(Comment {
            at: Location::text(FileId(0), Span::new(start, start + text.len())),
            line,
            rules: rules
                .split(',')
                .map(|rule| rule.trim().to_owned())
                .filter(|rule| !rule.is_empty())
                .collect(),
            reason: reason.trim().to_owned(),
        });
    }
    list
}

/// One line a finding: whether it counts, its level, its rule, and the message of what is about ignores.
fn judged(text: &str, toml: Option<&str>, findings: &dyn Fn(&[Source]) -> Vec<Finding>) -> String {
    judged_of(text, toml, findings, None)
}

fn judged_of(
    text: &str,
    toml: Option<&str>,
    findings: &dyn Fn(&[Source]) -> Vec<Finding>,
    reported: Option<&BTreeSet<String>>,
) -> String {
    let sources = sources(text);
    let config = toml.map(config);
    let levels = Levels::new(CARDS, config.as_ref(), &[], &[]).expect("the patterns are known");
    let base = Base { working_folder: "/w/tree".into(), config_folder: "/w".into(), root: "/w".into() };
    let case = Case {
        cards: CARDS,
        comments: comments(&sources),
        findings: findings(&sources),
        config: config.as_ref(),
        levels: &levels,
        base: &base,
        today: time::macros::date!(2026 - 11 - 22),
        reported,
        baseline: None,
        sources,
    };
    let verdicts = judge(case);
    let line = |it: &Judged| {
        let verdict = if it.verdict == Verdict::Counts { "counts" } else { "ignored" };
        let more = if it.finding.rule == UNUSED_IGNORE {
            format!(": {}", it.finding.message)
        } else {
            String::new()
        };
        let path = &verdicts.sources[it.finding.primary.at.file.0 as usize].path;
        format!("{path} {verdict} {} {}{more}", it.finding.level.word(), it.finding.rule)
    };
    verdicts.judged.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_configuration_says_what_it_says() {
    let config = config(
        "exclude = ['legacy/**', 'tmp']\nfail-on = 'never'\n[rules]\ncert = {days = 0x10, level = 'note'}\n'*/mismatch' = 'off'\n\
         [[ignore]]\nrule = 'cert/old'\nreason = 'r'\nuntil = '2026-10-31'\n[paths]\n'/etc' = 'etc'\n'/etc/nginx' = 'deploy'\n[nginx]\nversion = '1.27'\n",
    );
    assert!(
        config.exclude.is_match("legacy/a/b")
            && config.exclude.is_match("x/tmp")
            && !config.exclude.is_match("x/tmp2")
    );
    assert_eq!(config.fail_on, Some(Threshold::Never));
    assert_eq!(config.options, [("cert/expiring".to_owned(), "days".to_owned(), 16)]);
    assert_eq!(config.ignores[0].until, Some(time::macros::date!(2026 - 10 - 31)));
    assert_eq!(
        config.paths[0],
        ("/etc/nginx".to_owned(), "deploy".to_owned()),
        "the longest prefix comes first"
    );
    assert_eq!(config.nginx_version, Some((1, 27, 0)));
    assert_eq!(config.source.slice(config.ignores[0].span), "'cert/old'");
}

#[test]
fn appliances_are_read_and_their_mistakes_told() {
    let config = config(
        "[[openmanage]]\nname = 'old'\ncsr = 'a.csr'\nchain = 'ome/a.pem'\nmode = 'chain'\npeer = 'b.pem'\nnow = 2026-06-11T00:00:00Z\n\
         [[openmanage]]\nchain = 'ome/b.pem'\nmode = 'server'\nnow = '2026-06-11'\n",
    );
    let [first, second] = config.appliances.as_slice() else { panic!("two were said") };
    assert_eq!(
        (first.name.as_str(), first.csr.as_deref(), first.as_chain),
        ("old", Some("a.csr"), Some(true))
    );
    assert_eq!((first.peer.as_deref(), first.now), (Some("b.pem"), Some(1_781_136_000)));
    assert_eq!((second.name.as_str(), second.as_chain, second.now), ("b.pem", Some(false), first.now));
    insta::assert_snapshot!(mistakes(
        "[[openmanage]]\nname = 'old'\nchian = 'a.pem'\n[[openmanage]]\nchain = 'a.pem'\nmode = 'chian'\nnow = 7\n[[openmanage]]\n\
         chain = 'a.pem'\nnow = 'soon'\n"
    ), @r#"
    ‹[[openmanage]]› `tlslint.toml`: `chain` is missing | needs a `chain` | name the file that is uploaded to the appliance
    ‹chian› `tlslint.toml`: `[[openmanage]]` knows no key `chian` | no such key | did you mean `chain`?
    ‹'chian'› `tlslint.toml`: `chian` is no way to upload a certificate | `chain` or `server` | did you mean `chain`?
    ‹7› `tlslint.toml`: `now` must be a day or a moment, such as `2027-03-31T08:00:00Z` | this is a number
    ‹'soon'› `tlslint.toml`: `now` must be a day or a moment, such as `2027-03-31T08:00:00Z` | this is a text
    "#);
}

#[test]
fn mistakes_have_a_place_and_a_suggestion() {
    insta::assert_snapshot!(mistakes(
        "exlude = ['a']\nexclude = ['[', 3]\nfail-on = 'eror'\nignore = 3\n[rules]\n'cert/expird' = 'off'\n'cert/expired' = 'of'\n\
         'cert/expiring' = {day = 3}\n'key/mismatch' = {level = 'fatal'}\ncert = 7\n'[' = 'off'\n[paths]\n'etc' = 'x'\n'/etc' = 1\n\
         [nginx]\nversion = 'new'\nverison = '1'\n[apigee]\norg = 'x'\nplatform = 'clowd'\n[iis]\nx = 1\n[[iis.farm]]\nname = 'web'\n\
         [[cms]]\nversion = 'three'\n[[cms]]\nverion = '3.8'\n[[cms]]\n"
    ), @r#"
    ‹exlude› `tlslint.toml`: the top level knows no key `exlude` | no such key | did you mean `exclude`?
    ‹'['› `tlslint.toml`: `[` is no glob | unclosed character class; missing ']'
    ‹3› `tlslint.toml`: `exclude` must be a list of texts | this is a number
    ‹'eror'› `tlslint.toml`: `eror` is no level to fail on | `error`, `warning`, `note` or `never` | did you mean `error`?
    ‹3› `tlslint.toml`: `ignore` must be a list of tables, each under `[[ignore]]` | this is a number
    ‹'cert/expird'› `tlslint.toml`: there is no rule `cert/expird` | no such rule | did you mean `cert/expired`? `tlslint rules` lists all
    ‹'of'› `tlslint.toml`: `of` is no level | `off`, `note`, `warning` or `error` | did you mean `off`?
    ‹day› `tlslint.toml`: `cert/expiring` has no option `day` | no such option | did you mean `days`?
    ‹'fatal'› `tlslint.toml`: `fatal` is no level | `off`, `note`, `warning` or `error`
    ‹7› `tlslint.toml`: `cert` must be a level, or a table of a level and options | this is a number
    ‹'['› `tlslint.toml`: `[` is no glob: unclosed character class; missing ']' | a rule, a group or a glob
    ‹'etc'› `tlslint.toml`: `etc` is no absolute path | a path as the server knows it, such as `/etc/nginx`
    ‹1› `tlslint.toml`: `/etc` must be a folder, relative to this file | this is a number
    ‹'new'› `tlslint.toml`: `new` is no nginx version | such as `1.27.3`
    ‹verison› `tlslint.toml`: `[nginx]` knows no key `verison` | no such key | did you mean `version`?
    ‹'clowd'› `tlslint.toml`: `clowd` is no Apigee | `cloud`, `private-cloud` or `x` | did you mean `cloud`?
    ‹x› `tlslint.toml`: `[iis]` knows no key `x` | no such key | known here: `farm`, `ccs`
    ‹[[iis.farm]]› `tlslint.toml`: a farm needs `nodes` | name its machines
    ‹'three'› `tlslint.toml`: `three` is no version of Cisco Meeting Server | such as `3.8`
    ‹verion› `tlslint.toml`: `[[cms]]` knows no key `verion` | no such key | did you mean `version`?
    ‹[[cms]]› `tlslint.toml`: a `[[cms]]` says nothing | say a `version`
    "#);
    insta::assert_snapshot!(mistakes(
        "[[ignore]]\nrule = 'cert'\n[[ignore]]\nreason = 'r'\n[[ignore]]\nrule = 'nothing/here'\nreason = ' '\nuntil = 'soon'\n\
         path = '['\nwhy = 'x'\n"
    ), @r#"
    ‹[[ignore]]› `tlslint.toml`: `reason` is missing | needs a `reason` | say why this may stay; whoever reads it next must judge it
    ‹[[ignore]]› `tlslint.toml`: `rule` is missing | needs a `rule` | name a rule, a group or a glob
    ‹'nothing/here'› `tlslint.toml`: there is no rule `nothing/here` | no such rule | `tlslint rules` lists all
    ‹' '› `tlslint.toml`: `reason` is empty | nothing is said here | say why this may stay; whoever reads it next must judge it
    ‹'soon'› `tlslint.toml`: `until` must be a day, such as `2027-03-31` | this is a text
    ‹'['› `tlslint.toml`: `[` is no glob | unclosed character class; missing ']'
    ‹why› `tlslint.toml`: `[[ignore]]` knows no key `why` | no such key | known here: `rule`, `path`, `entry`, `text`, `reason`, `until`
    "#);
    insta::assert_snapshot!(mistakes("exclude = [\n"), @r#"‹› `tlslint.toml`: this is not TOML: unclosed array, expected `]` | here"#);
    insta::assert_snapshot!(mistakes("\u{1b}[2J = 1\n"), @r#"‹› `tlslint.toml`: this is not TOML: key with no value, expected `=` | here"#);
}

#[test]
fn levels_come_from_cards_configuration_and_arguments() {
    let plain = "cert/expired cert/expiring key/mismatch tlslint/unused-ignore";
    assert_eq!(levels(None, &[], &[]), plain);
    assert_eq!(levels(None, &["cert"], &[]), "cert/expired cert/expiring cert/lifetime");
    assert_eq!(levels(None, &["cert/*"], &[]), "cert/expired cert/expiring", "a glob turns nothing on");
    assert_eq!(levels(None, &["cert/old"], &[]), "cert/expired", "a former id");
    assert_eq!(levels(None, &["cert"], &["*/exp*"]), "cert/lifetime");
    assert_eq!(
        levels(None, &["crt/expired"], &[]),
        "there is no rule, group or glob `crt/expired`; Some(\"cert/expired\")"
    );
    assert_eq!(levels(None, &[], &["kye"]), "there is no rule, group or glob `kye`; Some(\"key\")");

    let set = config("[rules]\n'*' = 'note'\ncert = 'warning'\n'cert/expired' = 'off'\n");
    assert_eq!(
        levels(Some(&set), &[], &[]),
        "cert/expiring=warning cert/lifetime=warning key/mismatch=note tlslint/unused-ignore=note"
    );
    assert_eq!(levels(Some(&set), &["cert/exp*"], &[]), "cert/expiring=warning", "off stays off for a glob");
    assert_eq!(
        levels(Some(&set), &["cert/expired"], &[]),
        "cert/expired=warning",
        "and not for the rule itself"
    );
    let options = config("[rules]\n'cert/lifetime' = {}\n");
    assert_eq!(levels(Some(&options), &[], &[]), plain, "only a level turns a rule on");
}

#[test]
fn comments_hold_for_their_line_and_the_next() {
    let text = "one; # tlslint: ignore[cert] why\ntwo;\nthree;\n";
    let findings = |sources: &[Source]| {
        ["one", "two", "three"].map(|word| finding("cert/expired", at(sources, 0, word))).to_vec()
    };
    insta::assert_snapshot!(judged(text, None, &findings), @r#"
    a.conf ignored error cert/expired
    a.conf ignored error cert/expired
    a.conf counts error cert/expired
    "#);
}

#[test]
fn stacked_comments_hold_for_the_line_below_the_stack() {
    let text = "# tlslint: ignore[cert/expired] a\n  # tlslint: ignore[key/*, cert/expiring] b\none;\ntwo;\n";
    let findings = |sources: &[Source]| {
        let (one, two) = (at(sources, 0, "one"), at(sources, 0, "two"));
        vec![finding("cert/expired", one), finding("key/mismatch", one), finding("cert/expired", two)]
    };
    insta::assert_snapshot!(judged(text, None, &findings), @r#"
    a.conf counts warning tlslint/unused-ignore: nothing here is found by `cert/expiring`
    a.conf ignored error cert/expired
    a.conf ignored error key/mismatch
    a.conf counts error cert/expired
    "#);
}

#[test]
fn a_comment_must_say_why_and_for_what() {
    let text = "# tlslint: ignore[cert/expired]\none;\n# tlslint: ignore[] x\n\n# tlslint: ignore[cert/expird] x\n\n# tlslint: ignore[[] x\n\
                # tlslint: ignore[cert/lifetime] off, so nobody knows\n";
    let findings = |sources: &[Source]| vec![finding("cert/expired", at(sources, 0, "one"))];
    insta::assert_snapshot!(judged(text, None, &findings), @r#"
    a.conf counts warning tlslint/unused-ignore: this ignore gives no reason, so it does not hold
    a.conf counts error cert/expired
    a.conf counts warning tlslint/unused-ignore: this ignore names no rule, so it does not hold
    a.conf counts warning tlslint/unused-ignore: there is no rule `cert/expird`
    a.conf counts warning tlslint/unused-ignore: `[` is no glob: unclosed character class; missing ']'
    "#);
}

#[test]
fn entries_of_the_configuration_describe_one_label() {
    let toml = "[[ignore]]\nrule = 'cert/expired'\npath = 'tree/sub/**'\nreason = 'r'\n\
                [[ignore]]\nrule = 'key'\nentry = 'partner'\nreason = 'r'\n\
                [[ignore]]\nrule = 'cert/expiring'\ntext = 'ref://'\nreason = 'r'\n\
                [[ignore]]\nrule = 'cert/expiring'\ntext = 'other'\nreason = 'never fits'\n\
                [[ignore]]\nrule = 'cert/expired'\npath = 'tree/a.conf'\nreason = 'late'\nuntil = 2026-11-21\n\
                [[ignore]]\nrule = 'cert/lifetime'\nreason = 'is off'\n";
    let findings = |sources: &[Source]| {
        let store = Location { file: FileId(1), place: Place::Entry(0) };
        vec![
            finding("cert/expired", at(sources, 0, "ref://x")),
            finding("cert/expired", at(sources, 2, "ref://x")),
            finding("key/mismatch", store),
            finding("cert/expiring", at(sources, 0, "ref://x")),
        ]
    };
    insta::assert_snapshot!(judged("ref://x", Some(toml), &findings), @r#"
    a.conf counts error cert/expired
    a.conf ignored error cert/expiring
    store.p12 ignored error key/mismatch
    sub/b.conf ignored error cert/expired
    tlslint.toml counts warning tlslint/unused-ignore: the ignore for `cert/expiring` ignores nothing
    tlslint.toml counts warning tlslint/unused-ignore: the ignore for `cert/expired` expired on 2026-11-21
    "#);
    let today = toml.replace("2026-11-21", "2026-11-22");
    assert!(!judged("ref://x", Some(&today), &findings).contains("expired on"), "it holds on its last day");
}

#[test]
fn only_what_is_named_is_reported() {
    let toml = "[[ignore]]\nrule = 'key'\nreason = 'unused, but the run is partial'\n";
    let findings = |sources: &[Source]| {
        let mut linked = finding("cert/expired", at(sources, 0, "x"));
        linked.related.push(Label { at: at(sources, 2, "x"), text: String::new() });
        vec![linked, finding("cert/expiring", at(sources, 0, "x"))]
    };
    let reported = BTreeSet::from(["sub/b.conf".to_owned()]);
    insta::assert_snapshot!(judged_of("x", Some(toml), &findings, Some(&reported)), @r#"a.conf counts error cert/expired"#);
}

#[test]
fn paths_are_seen_from_the_configuration() {
    let base = Base { working_folder: "/w/tree".into(), config_folder: "/w".into(), root: "/w".into() };
    assert_eq!(base.relative("a.conf"), "tree/a.conf");
    assert_eq!(base.relative("/w/x"), "x");
    assert_eq!(base.relative("/wider/x"), "/wider/x");
    let below = Base { working_folder: "/w".into(), config_folder: "/w/tree".into(), root: "/w/tree".into() };
    assert_eq!(below.relative("tree/a"), "a");
    let root = Base { working_folder: "/".into(), config_folder: "/".into(), root: "/".into() };
    assert_eq!(root.relative("a/b"), "a/b");
}
