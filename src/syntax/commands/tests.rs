//! Command lines as people write them, and any text.

use proptest::prelude::*;

use super::{CommandLine, Dialect, Ending, Word, split};

fn texts(commands: &[CommandLine]) -> Vec<Vec<&str>> {
    commands.iter().map(|it| it.words.iter().map(|word| &*word.text).collect()).collect()
}

fn words(text: &str, dialect: Dialect) -> Vec<Vec<String>> {
    let commands = split(text, dialect);
    texts(&commands).into_iter().map(|it| it.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn lines_go_on_behind_their_marks() {
    for (text, dialect) in [
        ("a b ^\r\n  c=\"d e\" & f", Dialect::Cmd),
        ("a b `\r\n  c='d e'; f", Dialect::PowerShell),
        ("a b \\\n  c='d e' && f", Dialect::Posix),
    ] {
        assert_eq!(words(text, dialect), [vec!["a", "b", "c=d e"], vec!["f"]], "{text}");
    }
}

#[test]
fn remarks_say_nothing() {
    let text = "@echo off\r\nrem netsh a\r\nREM\r\n:: netsh b\r\nremove c";
    assert_eq!(words(text, Dialect::Cmd), [vec!["@echo", "off"], vec!["remove", "c"]]);
    let text = "# a\nb # c\n<# d\ne #> f\n";
    assert_eq!(words(text, Dialect::PowerShell), [vec!["b"], vec!["f"]]);
}

#[test]
fn places_are_those_of_the_text_inside_of_quotes() {
    let text = "x certhash=\"$a\"  'it''s' \"a`\"b\"";
    let commands = split(text, Dialect::PowerShell);
    let [_, hash, quoted, escaped] = &commands[0].words[..] else { panic!("{commands:?}") };
    assert_eq!(&text[hash.place(9..11).range()], "$a");
    assert_eq!((quoted.text.as_str(), quoted.quoted, hash.quoted), ("it's", true, false));
    assert_eq!(&text[quoted.inner().range()], "it''s");
    assert_eq!(escaped.text, "a\"b");
}

#[test]
fn braces_without_quotes_are_noted() {
    let text = "netsh appid={4dc3e181-e14b-4a21-b022-59fc669b0914} x={$y} ${z} 'a={b}'";
    let commands = split(text, Dialect::PowerShell);
    let noted: Vec<bool> = commands[0].words.iter().map(|it| it.braces.is_some()).collect();
    assert_eq!(noted, [false, true, true, false, false]);
    let text = "netsh appid={4dc3e181-e14b-4a21-b022-59fc669b0914}";
    assert!(split(text, Dialect::Cmd)[0].words[1].braces.is_none());
}

#[test]
fn blocks_and_groups_end_commands() {
    let text = "if ($a -eq 1) { b c } else { (d e).F($g, 'h') | i }\nx @{ y = 'z' }";
    let commands = split(text, Dialect::PowerShell);
    let ends: Vec<(Vec<&str>, Ending)> =
        texts(&commands).into_iter().zip(commands.iter().map(|it| it.end)).collect();
    assert_eq!(
        ends,
        [
            (vec!["$a", "-eq", "1"], Ending::Group),
            (vec!["if", "($a -eq 1)"], Ending::BlockOpens),
            (vec!["b", "c"], Ending::BlockCloses),
            (vec!["else"], Ending::BlockOpens),
            (vec!["d", "e"], Ending::Group),
            (vec!["$g,", "h"], Ending::Group),
            (vec!["(d e).F($g, 'h')"], Ending::Pipe),
            (vec!["i"], Ending::BlockCloses),
            (vec!["x"], Ending::BlockOpens),
            (vec!["y", "=", "z"], Ending::BlockCloses),
        ]
    );
}

#[test]
fn templates_and_here_strings_are_one_word() {
    assert_eq!(words("a b={{ c | d }} {{ e }}", Dialect::Cmd), [vec!["a", "b={{ c | d }}", "{{ e }}"]]);
    let text = "@\"\nnetsh a\nb\n\"@ | netsh";
    assert_eq!(words(text, Dialect::PowerShell), [vec!["netsh a\nb"], vec!["netsh"]]);
    assert!(split(text, Dialect::PowerShell)[0].words[0].quoted);
}

#[test]
fn escapes_of_yaml_keep_their_places() {
    let raw = r#"a=\"b\" \\c"#;
    let word = Word::unescaped(raw);
    assert_eq!(word.text, r#"a="b" \c"#);
    assert_eq!(&raw[word.place(3..4).range()], "b");
}

#[test]
fn long_texts_take_no_longer_than_they_are_long() {
    for piece in [
        "(", ")", "(a)", "((a))", "{", "}", "\"", "'", "\"a\" ", "`", "{{", "@\"\n", "a={", "<#", "^\n",
        "# \"",
    ] {
        for dialect in [Dialect::Cmd, Dialect::PowerShell, Dialect::Posix] {
            let started = std::time::Instant::now();
            split(&piece.repeat(200_000), dialect);
            let took = started.elapsed();
            assert!(took.as_secs() < 10, "{piece:?} {dialect:?}: {took:?}");
        }
    }
    let nested = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    split(&nested, Dialect::PowerShell);
}

fn assert_spans(text: &str) {
    for dialect in [Dialect::Cmd, Dialect::PowerShell, Dialect::Posix] {
        for command in split(text, dialect) {
            assert!(text.get(command.span.range()).is_some(), "{command:?} in {text:?}");
            for word in &command.words {
                assert!(text.get(word.span.range()).is_some(), "{word:?} in {text:?}");
                assert_eq!(word.text.len(), word.offsets.len());
                for at in (0..=word.text.len()).filter(|at| word.text.is_char_boundary(*at)) {
                    assert!(
                        text.get(word.place(at..word.text.len()).range()).is_some(),
                        "{word:?} in {text:?}"
                    );
                    assert!(text.get(word.place(0..at).range()).is_some(), "{word:?} in {text:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn places_lie_in_the_text(text in "([ab$@={}()\"'`^\\\\|&;# \n\ré-]|\\{\\{|\\}\\}|@\"\n|\n\"@|<#|#>|rem ){0,40}") {
        assert_spans(&text);
    }

    #[test]
    fn any_text_is_split(text in any::<String>()) {
        assert_spans(&text);
    }
}
