//! Opens the keystores of a tree with what is known about them: what the user gave, what files of the tree say, and
//! what everybody knows. Equal stores are opened once, and all together take bounded work.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    source::{FileId, Location},
    x509::{
        PublicKey,
        store::{self, Access, Opening},
    },
};

use super::{
    facts::{Holding, Problem, ProblemKind},
    settings::Secret,
    store::{self as stores, Opened, PasswordFrom, Sealed, State},
};

/// Rounds of key derivation that passwords may take which somebody gave, in all stores together: some minutes.
const MAX_ROUNDS: u64 = 200_000_000;
/// The same for passwords that nobody gave.
const MAX_GUESSED_ROUNDS: u64 = 20_000_000;
/// Passwords that nobody gave are tried only where a try is cheap.
const MAX_ROUNDS_OF_GUESS: u64 = 200_000;
/// What Java's documentation seals stores with, and no password at all.
const GUESSES: [&[u8]; 2] = [b"changeit", b""];

/// A password with the place it comes from.
pub(super) type Known = (Secret, PasswordFrom);

/// What opening brought.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Keys that a password opened, by their places.
    pub(super) keys: Vec<(Location, PublicKey)>,
    /// Listings of the stores that can be read better now.
    pub(super) listings: Vec<(FileId, Vec<(String, String)>)>,
    pub(super) problems: Vec<Problem>,
}

/// A store and the passwords to try on it; several files may share one.
struct Job {
    sealed: Sealed,
    passwords: Vec<Secret>,
}

/// Opens what can be opened, in the order of files whatever the number of threads.
pub(super) fn open(
    holdings: &mut BTreeMap<FileId, Holding>,
    passwords: &dyn Fn(FileId) -> Vec<Known>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut jobs: Vec<Job> = Vec::new();
    let mut known: BTreeMap<(crate::x509::Fingerprint, Vec<Secret>), usize> = BTreeMap::new();
    let mut files: Vec<(FileId, usize, Vec<PasswordFrom>)> = Vec::new();
    let mut skipped: Vec<FileId> = Vec::new();
    let (mut left, mut left_to_guess) = (MAX_ROUNDS, MAX_GUESSED_ROUNDS);
    for (file, holding) in &*holdings {
        let Some(store) = &holding.store else { continue };
        let Some(sealed) = &store.sealed else { continue };
        let mut all = passwords(*file);
        for guess in GUESSES.map(|guess| Secret::new(guess.to_vec())) {
            if sealed.rounds <= MAX_ROUNDS_OF_GUESS && !all.iter().any(|(secret, _)| *secret == guess) {
                all.push((guess, PasswordFrom::WellKnown));
            }
        }
        let given = all.iter().filter(|(_, from)| *from != PasswordFrom::WellKnown).count();
        let key = (
            crate::x509::Fingerprint::of(&sealed.bytes),
            all.iter().map(|(secret, _)| secret.clone()).collect::<Vec<_>>(),
        );
        let (secrets, from): (Vec<Secret>, Vec<PasswordFrom>) = all.into_iter().unzip();
        if let Some(job) = known.get(&key) {
            files.push((*file, *job, from));
            continue;
        }
        let cost = sealed.rounds.saturating_mul(given as u64);
        let Some(rest) = left.checked_sub(cost) else {
            outcome.problems.push(too_much(*file));
            skipped.push(*file);
            continue;
        };
        let cost = sealed.rounds.saturating_mul((secrets.len() - given) as u64);
        let after = left_to_guess.checked_sub(cost);
        let tried = if after.is_some() { secrets.len() } else { given };
        (left, left_to_guess) = (rest, after.unwrap_or(left_to_guess));
        known.insert(key, jobs.len());
        files.push((*file, jobs.len(), from));
        jobs.push(Job { sealed: sealed.clone(), passwords: secrets.into_iter().take(tried).collect() });
    }
    // What is left is shared out, so that the order of work does not matter.
    let share = left.checked_div(jobs.len() as u64).unwrap_or_default().min(store::MAX_ROUNDS);
    let done: Vec<Opening> = jobs
        .par_iter()
        .map(|job| {
            let passwords: Vec<&[u8]> =
                job.passwords.iter().map(|it| it.bytes().unwrap_or_default()).collect();
            store::open(&job.sealed.bytes, &passwords, share)
        })
        .collect();
    let mut numbers: BTreeMap<&Secret, u64> = BTreeMap::new();
    for (file, job, from) in files {
        let Some(holding) = holdings.get_mut(&file) else { continue };
        let mut number = |secret: &'_ usize| {
            let next = numbers.len() as u64;
            *numbers.entry(&jobs[job].passwords[*secret]).or_insert(next)
        };
        let tried: Vec<u64> = (0..jobs[job].passwords.len()).map(|it| number(&it)).collect();
        take(file, holding, &jobs[job], &done[job], &from, &mut outcome);
        if let Some(store) = &mut holding.store {
            if let (Opening::Opened { by, .. }, State::Open(_)) = (&done[job], &store.state) {
                store.opened_with = tried.get(*by).copied();
            }
            store.tried = tried;
        }
    }
    for file in skipped {
        if let Some(store) = holdings.get_mut(&file).and_then(|holding| holding.store.as_mut()) {
            store.state = State::Unsupported(
                "stands behind keystores that asked for as much key derivation as one run does".to_owned(),
            );
        }
    }
    outcome
}

/// Puts what was found in the place of what was read without a password.
fn take(
    file: FileId,
    holding: &mut Holding,
    job: &Job,
    opening: &Opening,
    from: &[PasswordFrom],
    outcome: &mut Outcome,
) {
    let Some(store) = &mut holding.store else { return };
    store.sealed = None;
    match opening {
        Opening::Opened { by, of_keys, content } => {
            let state = match &content.access {
                Access::Broken(error) => stores::broken(error),
                Access::Open { keys_locked } => State::Open(Opened {
                    by: from.get(*by).copied(),
                    well_known: job.passwords.get(*by).and_then(|it| stores::well_known(it.bytes()?)),
                    keys_locked: *keys_locked,
                }),
                _ => return,
            };
            let filed = stores::file_content(file, (**content).clone(), state, store.base64, None);
            outcome.keys.extend(filed.opened);
            outcome.listings.push((file, filed.lines));
            holding.items = filed.items;
            **store = filed.store;
            let idle = (0..from.len()).filter(|index| index != by && !of_keys.contains(index));
            store.refused =
                idle.map(|index| from[index]).filter(|it| *it != PasswordFrom::WellKnown).collect();
        }
        Opening::Refused => {
            let given: Vec<PasswordFrom> =
                from.iter().copied().filter(|it| *it != PasswordFrom::WellKnown).collect();
            if !given.is_empty() {
                store.state = State::Refused(given);
            }
        }
        Opening::Foreign(why) => store.state = State::Unsupported(why.clone()),
    }
}

fn too_much(file: FileId) -> Problem {
    Problem {
        kind: ProblemKind::OverLimit,
        at: Location::whole(file),
        message: format!(
            "was not opened: the keystores before it asked for {MAX_ROUNDS} rounds of key derivation"
        ),
    }
}
