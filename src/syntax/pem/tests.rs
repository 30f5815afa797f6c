//! Each layout that people produce, what is read from it, and which programs
//! read it too: from a table, and from the programs where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::OddityKind as Odd;
use super::*;

/// The lines of a self-signed certificate; its key was never kept.
const LINES: &str = "\
MIIBfTCCASOgAwIBAgIUMidnXQQHXhXS4p9zPLPKjKPV00MwCgYIKoZIzj0EAwIw\n\
FDESMBAGA1UEAwwJYS5leGFtcGxlMB4XDTI2MTEyMjA2MTUwMloXDTM2MTExOTA2\n\
MTUwMlowFDESMBAGA1UEAwwJYS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D\n\
AQcDQgAEBRw3FGlojG+xkHqlJwNjSIsq5wo0V3tBvweN19rne3ezhc41gE/L2viT\n\
JKDww4aWqn1KKuB/bSWEZSRzJznQU6NTMFEwHQYDVR0OBBYEFAagq+Zq/Hw510SA\n\
rzIailhak5aBMB8GA1UdIwQYMBaAFAagq+Zq/Hw510SArzIailhak5aBMA8GA1Ud\n\
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAKiKgnlA1BgoEKtOBkjB7hYg\n\
41eVDCyZUJ6gZZ/rK7MjAiA88WSvh2H0/yHNT8V4zEbUi9VBtrVLgfi6NPm/AOpM\n\
Fw==\n";

fn certificate() -> String {
    format!("-----BEGIN CERTIFICATE-----\n{LINES}-----END CERTIFICATE-----\n")
}

fn each_line(before: &str, after: &str) -> String {
    certificate().lines().flat_map(|line| [before, line, after, "\n"]).collect()
}

struct Layout {
    name: &'static str,
    text: String,
    /// Blocks with good bytes.
    good: usize,
    /// Blocks that OpenSSL, Go and Java see.
    seen: [usize; 3],
    /// The oddities of all blocks, once each.
    odd: &'static [Odd],
}

/// Layouts, each of which shows one oddity.
#[expect(clippy::too_many_lines, reason = "a table")]
fn layouts() -> Vec<Layout> {
    let one = certificate();
    let two = one.repeat(2);
    let line = LINES.lines().next().unwrap();
    let flat = LINES.replace('\n', "");
    let half: String = LINES.split_inclusive('\n').take(3).collect();
    let cut = format!("-----BEGIN CERTIFICATE-----\n{half}");
    let mut layouts = Vec::new();
    let mut add = |name, text: String, good, seen, odd| layouts.push(Layout { name, text, good, seen, odd });
    let missing = [Odd::MissingEnd].as_slice();
    add("plain", two.clone(), 2, [2, 2, 2], &[]);
    add("crlf", two.replace('\n', "\r\n"), 2, [2, 2, 2], &[]);
    add("no last line end", two.trim_end().to_owned(), 2, [2, 2, 2], &[]);
    add("text between", format!("leaf\n{one}issuer\n{one}"), 2, [2, 2, 2], &[]);
    add("one long line", one.replace(LINES, &format!("{flat}\n")), 1, [1, 1, 1], &[]);
    add(
        "bag attributes",
        format!("Bag Attributes\n    friendlyName: a\n{one}"),
        1,
        [1, 1, 1],
        &[Odd::BagAttributes],
    );
    add("trailing spaces", each_line("", " \t"), 1, [1, 1, 1], &[Odd::TrailingSpaces]);
    add("glued", two.replacen("-----\n-----B", "----------B", 1), 2, [0, 0, 0], &[Odd::GluedBlocks]);
    add("indented", each_line("    ", ""), 1, [0, 0, 0], &[Odd::Indented, Odd::IndentedBody]);
    add("indented by tabs", each_line("\t", ""), 1, [0, 0, 0], &[Odd::Indented, Odd::IndentedBody]);
    add(
        "body indented",
        one.replace('\n', "\n ").replace(" -----", "-----").trim_end_matches(' ').to_owned(),
        1,
        [1, 1, 1],
        &[Odd::IndentedBody],
    );
    add("end indented", one.replace("-----END", " -----END"), 1, [0, 0, 1], &[Odd::Indented]);
    add("empty lines", one.replacen(line, &format!("\n{line}\n"), 1), 1, [0, 1, 1], &[Odd::BlankLineInside]);
    add(
        "one empty line first",
        one.replacen(line, &format!("\n{line}"), 1),
        1,
        [1, 1, 1],
        &[Odd::BlankLineInside],
    );
    add("one empty line last", one.replace("-----END", "\n-----END"), 1, [0, 1, 1], &[Odd::BlankLineInside]);
    add("carriage returns", two.replace('\n', "\r"), 2, [0, 0, 2], &[Odd::CarriageReturnOnly]);
    add("all on one line", one.replace('\n', ""), 1, [0, 0, 0], &[Odd::Base64OnBoundaryLine]);
    add(
        "base64 before end",
        one.replace("\n-----END", "-----END"),
        1,
        [0, 0, 1],
        &[Odd::Base64OnBoundaryLine],
    );
    add(
        "spaces for line ends",
        one.trim_end().replace('\n', " "),
        1,
        [0, 0, 0],
        &[Odd::Base64OnBoundaryLine, Odd::IndentedBody],
    );
    add("old label", one.replace(" CERT", " X509 CERT"), 1, [1, 0, 1], &[Odd::OldLabel]);
    add("lower-case label", one.replace("CERTIFICATE", "certificate"), 1, [0, 0, 1], &[Odd::LowercaseLabel]);
    add("space in label", one.replace("BEGIN CERT", "BEGIN  CERT"), 1, [0, 0, 0], &[Odd::LabelSpacing]);
    add("labels differ", one.replace("END CERT", "END X509 CERT"), 1, [0, 0, 0], &[Odd::MismatchedLabels]);
    add("cut off", cut.clone(), 0, [0, 0, 0], missing);
    add("cut off before another", format!("{cut}{one}"), 1, [0, 1, 0], missing);
    add("foreign character", one.replacen('M', "M!", 1), 0, [0, 0, 0], &[Odd::BadBase64]);
    add("too much padding", one.replace("\n-----END", "=\n-----END"), 0, [0, 0, 0], &[Odd::BadPadding]);
    add("padding inside", one.replacen(line, &format!("{line}="), 1), 0, [0, 0, 0], &[Odd::BadPadding]);
    add("four dashes", one.replacen("-----B", "----B", 1), 1, [0, 0, 0], &[Odd::WrongDashes]);
    add("six dashes", one.replacen("-----B", "------B", 1), 1, [0, 0, 0], &[Odd::WrongDashes]);
    add(
        "end without dashes",
        one.replace("END CERTIFICATE-----", "END CERTIFICATE"),
        1,
        [0, 0, 0],
        &[Odd::WrongDashes],
    );
    add("dashes of a word processor", one.replace("-----", "—————"), 1, [0, 0, 0], &[Odd::SmartDashes]);
    add(
        "comment header",
        one.replacen(line, &format!("Comment: hi\n\n{line}"), 1),
        1,
        [0, 1, 0],
        &[Odd::PgpHeaders],
    );
    add("nothing inside", one.replace(LINES, ""), 0, [0, 0, 0], &[Odd::EmptyBlock]);
    add(
        "no-break space",
        one.replacen(line, &format!("{line}\u{A0}"), 1),
        1,
        [1, 0, 0],
        &[Odd::NonAsciiInside],
    );
    add(
        "entities",
        one.replacen('M', "&#77;", 1).replacen("&#77;", "&#43;", 1),
        1,
        [0, 0, 0],
        &[Odd::HtmlEntities],
    );
    add("safe for addresses", one.replacen("CCA", "C-_", 1), 1, [0, 0, 0], &[Odd::UrlSafeBase64]);
    add("as in json", one.replace('\n', "\\n"), 1, [0, 0, 0], &[Odd::EscapedNewlines]);
    add(
        "in json",
        format!("{{\"ca\": \"{}\"}}", two.replace('\n', "\\n")),
        2,
        [0, 0, 0],
        &[Odd::EscapedNewlines, Odd::Embedded],
    );
    add("in a comment", each_line("# ", ""), 1, [0, 0, 0], &[Odd::InComment]);
    add("in a comment of c", each_line("// ", ""), 1, [0, 0, 0], &[Odd::InComment]);
    add("in tags", format!("<ca>\n{one}</ca>\n"), 1, [1, 1, 1], &[]);
    add("behind text", format!("ca={one}"), 1, [0, 0, 0], &[Odd::Embedded]);
    add("text behind end", format!("{};\n", one.trim_end()), 1, [0, 0, 0], &[Odd::Embedded]);
    add("left out", one.replace(LINES, "...\n"), 0, [0, 0, 0], &[Odd::Placeholder]);
    layouts
}

fn kinds(pem: &Pem) -> Vec<Odd> {
    let mut kinds: Vec<_> =
        pem.blocks.iter().flat_map(|block| &block.oddities).map(|oddity| oddity.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

const PLAIN: Encoding = Encoding::Utf8 { bom: false };

#[test]
fn each_layout_is_read_and_judged() {
    let want = &scan(&certificate()).blocks[0].der;
    let mut wrong = Vec::new();
    for layout in layouts() {
        let pem = scan(&layout.text);
        let good: Vec<_> = pem.blocks.iter().filter(|block| block.der.is_ok()).collect();
        let mut expected = layout.odd.to_vec();
        expected.sort_unstable();
        let seen = Consumer::ALL.map(|consumer| pem.seen_by(consumer, PLAIN).len());
        let got = (good.len(), seen, kinds(&pem));
        let want_all = (layout.good, layout.seen, expected.clone());
        if got != want_all {
            wrong.push(format!("{}: {got:?} and not {want_all:?}", layout.name));
        }
        let changed = [Odd::HtmlEntities, Odd::UrlSafeBase64].iter().any(|kind| expected.contains(kind));
        if !changed && !good.iter().all(|block| block.der == *want) {
            wrong.push(format!("{}: other bytes", layout.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many certificates OpenSSL loads from a file, as for a trust store.
fn openssl_sees(file: &Path) -> usize {
    let program = |arguments: &[&str], file: &Path| {
        Command::new("openssl")
            .args(arguments)
            .arg(file)
            .output()
            .map(|output| output.stdout)
            .unwrap_or_default()
    };
    let store = file.with_extension("p7b");
    std::fs::write(&store, program(&["crl2pkcs7", "-nocrl", "-certfile"], file)).unwrap();
    let listing = program(&["pkcs7", "-print_certs", "-in"], &store);
    String::from_utf8_lossy(&listing).matches("-----BEGIN CERTIFICATE-----").count()
}

#[test]
fn openssl_agrees() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for layout in layouts() {
        let file = folder.path().join("x.pem");
        std::fs::write(&file, &layout.text).unwrap();
        // Changed letters make another certificate, or none.
        if layout.odd.contains(&Odd::HtmlEntities) || layout.odd.contains(&Odd::UrlSafeBase64) {
            continue;
        }
        assert_eq!(openssl_sees(&file), layout.seen[0], "{}", layout.name);
    }
}

/// Small accidents, several at a time, at places that a fixed seed chooses.
fn accidents(count: usize) -> Vec<String> {
    const PIECES: [&str; 14] = [
        " ",
        "\n",
        "\n\n",
        "\t",
        "\r",
        "\r\n",
        "-",
        "=",
        ":",
        "\u{A0}",
        "A",
        "\u{c}",
        "#",
        "-----END CERTIFICATE-----\n",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let one = certificate();
    let lines: Vec<usize> = one.match_indices('\n').map(|(at, _)| at).chain([0]).collect();
    let mutated = |next: &mut dyn FnMut(usize) -> usize| {
        let mut text = one.clone();
        for _ in 0..=next(2) {
            // Line ends are where most of it happens.
            let at = if next(2) == 0 { next(text.len()) } else { lines[next(lines.len())] + next(2) };
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            match next(6) {
                0 => text.truncate(at),
                1 if at + 1 < text.len() && text.is_char_boundary(at + 1) => drop(text.remove(at)),
                _ => text.insert_str(at, PIECES[next(PIECES.len())]),
            }
        }
        text
    };
    (0..count).map(|_| mutated(&mut next)).collect()
}

#[test]
fn openssl_agrees_on_accidents() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.pem");
    let want = scan(&certificate()).blocks.remove(0).der;
    let mut wrong = Vec::new();
    for text in accidents(400) {
        std::fs::write(&file, &text).unwrap();
        let pem = scan(&text);
        let seen = pem.seen_by(Consumer::OpenSsl, PLAIN);
        // A letter too many changes the bytes, which is for others to find.
        let ours = seen.iter().filter(|index| pem.blocks[**index].der == want).count();
        let theirs = openssl_sees(&file);
        if ours != theirs {
            wrong.push(format!("{text}\n=> ours {ours}, openssl {theirs}, {:?}", kinds(&pem)));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Real files that are kept outside of this repository.
fn zoo() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("TLSLINT_CORPUS").map_or(beside, PathBuf::from).join("zoo/pem");
    root.is_dir().then_some(root)
}

#[test]
fn openssl_agrees_on_files_that_were_found() {
    let Some(root) = zoo() else {
        println!("skipped: no corpus here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let Some((text, encoding)) = crate::source::decode::decode(&bytes) else { continue };
        let pem = scan(&text);
        let certificates = |index: &usize| pem.blocks[*index].label.ends_with("CERTIFICATE");
        let ours =
            pem.seen_by(Consumer::OpenSsl, encoding).iter().filter(|index| certificates(index)).count();
        let copy = folder.path().join("x.pem");
        std::fs::write(&copy, &bytes).unwrap();
        let go = pem.seen_by(Consumer::Go, encoding).len();
        let java = pem.seen_by(Consumer::Java, encoding).len();
        println!(
            "{}: {} blocks, openssl {ours}, go {go}, java {java}, {:?}",
            path.file_name().unwrap().display(),
            pem.blocks.len(),
            kinds(&pem)
        );
        assert_eq!(ours, openssl_sees(&copy), "{}", path.display());
    }
}

#[test]
fn keytool_agrees() {
    let folder = tempfile::tempdir().unwrap();
    for layout in layouts() {
        let file = folder.path().join("x.pem");
        std::fs::write(&file, &layout.text).unwrap();
        let Ok(output) = Command::new("keytool").arg("-printcert").arg("-file").arg(&file).output() else {
            println!("skipped: keytool is not installed");
            return;
        };
        let seen = String::from_utf8_lossy(&output.stdout).matches("Owner:").count();
        assert_eq!(seen, layout.seen[2], "{}: {}", layout.name, String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn places_show_what_is_wrong() {
    let under = |text: &str, kind: Odd| -> String {
        let pem = scan(text);
        let at = pem.blocks.iter().find_map(|block| block.odd(kind)).unwrap();
        text[at.range()].to_owned()
    };
    let one = certificate();
    assert_eq!(under(&one.replacen("MIIB", "MI!IB", 1), Odd::BadBase64), "!");
    assert_eq!(under(&one.replace("==", "="), Odd::BadPadding), "=");
    assert_eq!(under(&one.replace("Fw==", "Fw"), Odd::BadPadding), "w");
    assert_eq!(under(&one.replace("-----END", "  -----END"), Odd::Indented), "  ");
    assert_eq!(under(&one.replace("END C", "END X C"), Odd::MismatchedLabels), "-----END X CERTIFICATE-----");
    assert_eq!(under(&one.replace("-----END", "----END"), Odd::WrongDashes), "----END CERTIFICATE-----");
    assert_eq!(
        under(&one.repeat(2).replacen("-\n-", "--", 1), Odd::GluedBlocks),
        "-----END CERTIFICATE----------BEGIN"
    );
    assert_eq!(under(&format!("a: {one}"), Odd::Embedded), "a: ");
    assert_eq!(under(&one.replace("MIIB", "...\n"), Odd::Placeholder), ".");
    let cut = &one[..200];
    let pem = scan(cut);
    assert_eq!(&cut[pem.blocks[0].span.range()], cut);
    assert_eq!(pem.blocks[0].der, Err(BodyError { at: Span::new(199, 200), fault: Fault::Truncated }));
}

#[test]
fn headers_of_encrypted_keys_are_read() {
    let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n\
                -----END RSA PRIVATE KEY-----\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\\n")] {
        let block = scan(&text).blocks.remove(0);
        let headers: Vec<_> = block.headers.iter().map(|header| (&*header.name, &*header.value)).collect();
        assert_eq!(headers, [("Proc-Type", "4,ENCRYPTED"), ("DEK-Info", "AES-256-CBC,00")]);
        assert_eq!(&text[block.headers[1].span.range()], "DEK-Info: AES-256-CBC,00");
        assert_eq!(block.der.as_deref(), Ok(&[0, 0, 0][..]));
    }
    assert_eq!(scan(text).blocks[0].oddities, []);
}

#[test]
fn sentences_and_other_formats_are_no_blocks() {
    for text in [
        "copy from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, both included",
        "-----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----",
        "grep -c 'BEGIN CERTIFICATE' file",
        "re: -----BEGIN (RSA |EC )?PRIVATE KEY-----",
        "-----BEGIN PGP MESSAGE-----\n\nAAAA\n=AAAA\n-----END PGP MESSAGE-----\n",
        "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
        "# -----BEGIN CERTIFICATE-----\n# the usual lines\n# -----END CERTIFICATE-----\n",
        "--- BEGIN ---\n",
        "-----------------------------BEGIN CERTIFICATE-----------------------------",
    ] {
        assert_eq!(scan(text).blocks, [], "{text}");
    }
}

#[test]
fn a_byte_order_mark_hides_the_first_block_from_some() {
    let pem = scan(&certificate().repeat(2));
    let seen = |consumer, encoding| pem.seen_by(consumer, encoding);
    let marked = Encoding::Utf8 { bom: true };
    assert_eq!(seen(Consumer::OpenSsl, marked), [0, 1]);
    assert_eq!(seen(Consumer::Go, marked), [1]);
    assert_eq!(seen(Consumer::Java, marked), [0_usize; 0]);
    assert_eq!(seen(Consumer::OpenSsl, Encoding::Utf16Le { bom: true }), [0_usize; 0]);
}

#[test]
fn hostile_text_takes_little_time() {
    let started = std::time::Instant::now();
    let one = certificate();
    let json = one.replace('\n', "\\n");
    for piece in [
        "-",
        "-----BEGIN A-----",
        "-----BEGIN A-----\n",
        "BEGIN",
        "-----END",
        " -----BEGIN A----- ",
        "—",
        "&#",
        "\\",
        "----",
        "-----BEGIN A-----\na: b\n",
        "-----BEGIN A-----...",
        "a:\n",
        "-----BEGIN A-----AAAA",
        &one[..40],
        &json[..40],
        "\u{A0}",
    ] {
        scan(&piece.repeat(20_000));
        scan(&format!("-----BEGIN A-----\n{}", piece.repeat(20_000)));
        scan(&format!("-----BEGIN A-----{}", piece.repeat(20_000)));
    }
    assert_eq!(scan(&one.repeat(20_000)).blocks.len(), 20_000);
    assert_eq!(scan(&json.repeat(20_000)).blocks.len(), 20_000);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn spans_lie_in_the_text(
        text in "(-----BEGIN A-----|-----END A-----|----BEGIN KEY----|—BEGIN KEY—|AAAA|[-A=/#:.é\u{A0}—&;\\\\ \r\n\t_]|\\\\n|&#43;|a: b\n|// ){0,40}"
    ) {
        let pem = scan(&text);
        let mut last = 0;
        for block in &pem.blocks {
            prop_assert!(block.span.start as usize >= last);
            last = block.span.end as usize;
            let oddities = block.oddities.iter().map(|oddity| oddity.at);
            let headers = block.headers.iter().map(|header| header.span);
            let error = block.der.as_ref().err().map(|error| error.at);
            for span in oddities.chain(headers).chain(error).chain([block.begin, block.body, block.span]) {
                prop_assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
            }
        }
        for oddity in &pem.oddities {
            prop_assert!(text.get(oddity.at.range()).is_some());
        }
        for consumer in Consumer::ALL {
            prop_assert!(pem.seen_by(consumer, PLAIN).len() <= pem.blocks.len());
        }
    }
}
