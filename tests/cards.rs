//! Runs the examples of every card: `bad` gives exactly the findings it lists,
//! `good` gives none. `CARD=nginx/ cargo test --test cards -- --nocapture` runs
//! one group, or one card, and prints what was found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    env,
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

use estate::Seen;
use format::{Card, EditKind, Example};
use tlslint::{finding::Level, rules};

#[path = "common/cards.rs"]
mod cards;
#[path = "common/estate.rs"]
#[allow(dead_code, reason = "each test asks for what it needs")]
mod estate;
#[path = "../rules/format.rs"]
#[allow(dead_code, reason = "prose is read by `tests/docs.rs`")]
mod format;

#[test]
fn examples() {
    let wanted = env::var("CARD").unwrap_or_default();
    let mut ran = 0;
    let mut failures = Vec::new();
    for card in cards::all().iter().filter(|card| card.id.starts_with(&wanted)) {
        for (index, example) in card.examples.iter().enumerate() {
            ran += 1;
            let name = title(card, index, example);
            let seen = match catch_unwind(AssertUnwindSafe(|| estate::judge(card, example))) {
                Ok(Ok(seen)) => seen,
                Ok(Err(reason)) => {
                    failures.push(format!("{name}\n    {reason}\n"));
                    continue;
                }
                Err(_) => {
                    failures.push(format!("{name}\n    panicked; its message stands above\n"));
                    continue;
                }
            };
            if !wanted.is_empty() {
                println!("{name}");
                for it in &seen {
                    println!("    {}  {}", it.rule, it.line());
                }
            }
            let mut complaints = compare(card, example, &seen);
            complaints.push_str(&mended(card, example, &seen));
            if !complaints.is_empty() {
                failures.push(format!("{name}\n{complaints}"));
            }
        }
    }
    assert!(ran > 0, "no card starts with `{wanted}`");
    assert!(failures.is_empty(), "{} of {ran} examples fail\n\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn cards_and_rules_are_sorted_and_complete() {
    let in_files: Vec<String> = cards::all().into_iter().map(|card| card.id).collect();
    let in_library: Vec<&str> = rules::CARDS.iter().map(|card| card.id).collect();
    assert_eq!(in_files, in_library);
    assert!(rules::all().is_sorted_by_key(|rule| rule.card.id));
    assert!(rules::all().iter().all(|rule| in_library.contains(&rule.card.id)));
}

/// `rules/nginx/x.yaml, example 2 (bad): what it shows`
fn title(card: &Card, index: usize, example: &Example) -> String {
    let kind = if example.bad.is_some() { "bad" } else { "good" };
    let shows = example.shows.as_deref().map(|shows| format!(": {shows}")).unwrap_or_default();
    format!("rules/{}.yaml, example {} ({kind}){shows}", card.id, index + 1)
}

/// What an author must read to put an example right; empty where it holds.
fn compare(card: &Card, example: &Example, seen: &[Seen]) -> String {
    let mut out = String::new();
    let mut own: Vec<&Seen> = seen.iter().filter(|it| it.rule == card.id).collect();
    let level = Level::of(example.level.as_deref().unwrap_or(&card.level));
    let first = example.bad.iter().map(|_| &example.finds);
    for (number, labels) in first.chain(&example.finds_more).enumerate() {
        let Some(at) = own.iter().position(|it| it.labels == *labels) else {
            let _ = writeln!(out, "    not found    {labels:?}");
            continue;
        };
        let found = own.remove(at);
        if number > 0 {
            continue;
        }
        if let Some(says) = example.says.as_ref().filter(|says| !found.message.contains(*says)) {
            let _ = writeln!(out, "    should say   {says}\n    says         {}", found.message);
        }
        if Some(found.level) != level {
            let expected = level.map_or("?", Level::word);
            let _ = writeln!(out, "    level        {}, expected {expected}", found.level.word());
        }
    }
    for unexpected in own {
        let _ = writeln!(out, "    found        {}", unexpected.line());
    }
    // One cause, one finding: another rule that speaks here says the same thing twice, or the example holds two
    // mistakes.
    let other = |it: &&Seen| it.rule != card.id && it.level > Level::Note && !example.also.contains(&it.rule);
    for it in seen.iter().filter(other) {
        let _ = writeln!(out, "    also found   {}  {}", it.rule, it.line());
    }
    out
}

/// What is wrong with the edits that the findings of an example offer. Files with a private key stay as they are, and
/// an example that says nothing about edits may offer them.
fn mended(card: &Card, example: &Example, seen: &[Seen]) -> String {
    let mut out = String::new();
    if example.bad.is_none() {
        return out;
    }
    let (changed, classes) = match estate::mend(card, example) {
        Ok(mended) => mended,
        Err(_) if example.fixed.is_empty() => return out,
        Err(reason) => return format!("    not mended   {reason}\n"),
    };
    // What becomes readable may have mistakes of its own.
    let quiet = !example.fixed.is_empty() || classes.iter().all(|safe| *safe);
    for safe in classes {
        let said = matches!(
            (card.edit, safe),
            (Some(EditKind::Safe), true) | (Some(EditKind::Unsafe), false) | (Some(EditKind::Either), _)
        );
        if !said {
            let _ = writeln!(out, "    edit         safe: {safe}, and the card says {:?}", card.edit);
        }
    }
    let mut tree = estate::bodies(example).unwrap();
    for (path, bytes) in &changed {
        let expected = example.fixed.get(path).map(|body| estate::bytes(body).unwrap());
        if !example.fixed.is_empty() && expected.as_ref() != Some(bytes) {
            let _ = writeln!(out, "    {path} becomes\n{}", String::from_utf8_lossy(bytes));
        }
        tree.insert(path.clone(), bytes.clone());
    }
    for path in example.fixed.keys().filter(|path| !changed.contains_key(*path)) {
        let _ = writeln!(out, "    not changed  {path}");
    }
    if changed.is_empty() || !quiet {
        return out;
    }
    let after = match estate::judge_tree(card, example, &tree) {
        Ok(after) => after,
        Err(reason) => return format!("{out}    {reason}\n"),
    };
    // A finding that is gone must be gone for good, and nothing may take its place.
    let before = |it: &Seen| seen.iter().filter(|other| other.rule == it.rule).count();
    for it in &after {
        let more = after.iter().filter(|other| other.rule == it.rule).count();
        let own_stays = it.rule == card.id && !example.fixed.is_empty();
        if own_stays || (it.level > Level::Note && more > before(it)) {
            let _ = writeln!(out, "    then found   {}  {}", it.rule, it.line());
        }
    }
    out
}
