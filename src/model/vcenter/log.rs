//! What logs of vCenter prove about the signing certificate. Dates of one line are compared with each other, in the zone they
//! were written in; an abbreviation of a zone is never converted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{source::Location, x509::Time};

use super::super::term::{self, Term};

/// More kinds of rejections are counted and not kept.
pub const MAX_REJECTIONS: usize = 64;

/// A difference that no zone can explain.
const ZONES: i64 = 15 * 3600;

/// A moment as a log writes it, in whatever zone its clock has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Clock {
    /// Seconds since 1970 of that zone.
    pub seconds: i64,
    /// The name of the zone.
    pub zone: String,
}

/// From when and until when the certificate is valid, as the log says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// First second.
    pub start: Clock,
    /// Last second.
    pub end: Clock,
}

/// What a line proves.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// The certificate had ended.
    Expired,
    /// Its first day had not come.
    NotYet,
    /// It was valid by its dates: the clocks of two nodes differ.
    Skew,
    /// The line does not say when it is valid.
    NoWindow,
    /// Two zones in one line, and too little between the moments to tell.
    Unclear,
}

/// Requests for a token that were rejected for the same reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rejection {
    /// The first line: the words from `Signing certificate is not valid` on, or the whole.
    pub at: Location,
    /// When a token was asked for first.
    pub first: Option<Clock>,
    /// The window of the certificate.
    pub window: Option<Window>,
    /// How many lines say the same.
    pub count: u64,
}

/// What a log shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LogReport {
    /// Rejections, by their windows, in the order of the file.
    pub rejections: Vec<Rejection>,
    /// Rejections beyond those that are kept.
    pub more: u64,
    /// `Failed to read X509 cert`: the number of the error, the first line and how many there are.
    pub unread: BTreeMap<u64, (Location, u64)>,
    /// Other lines that show the same outage to users: what they say, the first line and how many there are.
    #[serde(deserialize_with = "term::keys")]
    pub symptoms: BTreeMap<Term, (Location, u64)>,
    /// Certificates that the check before an upgrade to vSphere 8 refuses: store, algorithm, line.
    pub weak: Vec<(String, String, Location)>,
    /// How many lines the file has.
    pub lines: u64,
}

impl LogReport {
    /// Nothing that matters stands in it.
    pub fn is_empty(&self) -> bool {
        self.rejections.is_empty()
            && self.unread.is_empty()
            && self.symptoms.is_empty()
            && self.weak.is_empty()
    }
}

impl Clock {
    /// Seconds from here to `other`; `None` where the zones differ by name.
    fn until(&self, other: &Self) -> Option<i64> {
        (self.zone == other.zone).then(|| other.seconds - self.seconds)
    }

    /// Whether a moment of UTC may be meant.
    pub fn may_be(&self, time: Time) -> bool {
        let apart = (self.seconds - time.0).abs();
        if matches!(self.zone.as_str(), "UTC" | "GMT" | "Z") { apart <= 1 } else { apart <= ZONES }
    }

    /// The day, in its own zone.
    pub fn day(&self) -> Time {
        Time(self.seconds)
    }
}

impl Window {
    /// How many days it spans.
    pub fn days(&self) -> i64 {
        (self.end.seconds - self.start.seconds) / 86_400
    }

    /// Whether a certificate may be the one that the log speaks of.
    pub fn may_be(&self, start: Time, end: Time) -> bool {
        self.start.may_be(start) && self.end.may_be(end)
    }
}

impl Rejection {
    /// What the line proves.
    pub fn verdict(&self) -> Verdict {
        let Some(window) = &self.window else { return Verdict::NoWindow };
        let Some(moment) = &self.first else { return Verdict::Unclear };
        let order = |from: &Clock, to: &Clock| match from.until(to) {
            Some(seconds) => Some(seconds),
            // Summer and winter time of one place have two names; a day between decides all the same.
            None => Some(to.seconds - from.seconds).filter(|it| it.abs() > ZONES),
        };
        match (order(moment, &window.end), order(&window.start, moment)) {
            (Some(left), _) if left < 0 => Verdict::Expired,
            (_, Some(since)) if since < 0 => Verdict::NotYet,
            (Some(_), Some(_)) => Verdict::Skew,
            _ => Verdict::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(seconds: i64, zone: &str) -> Clock {
        Clock { seconds, zone: zone.into() }
    }

    fn verdict(moment: Clock, start: Clock, end: Clock) -> Verdict {
        let at = Location::whole(crate::source::FileId(0));
        Rejection { at, first: Some(moment), window: Some(Window { start, end }), count: 1 }.verdict()
    }

    #[test]
    fn a_line_decides_by_itself() {
        let (start, end) = (clock(1_000_000, "EST"), clock(9_000_000, "EST"));
        let judge = |seconds, zone| verdict(clock(seconds, zone), start.clone(), end.clone());
        assert_eq!(judge(9_000_001, "EST"), Verdict::Expired);
        assert_eq!(judge(999_999, "EST"), Verdict::NotYet);
        assert_eq!(judge(5_000_000, "EST"), Verdict::Skew);
        // Another name: an hour says nothing, a day does.
        assert_eq!(judge(9_003_601, "EDT"), Verdict::Unclear);
        assert_eq!(judge(9_100_000, "EDT"), Verdict::Expired);
    }

    #[test]
    fn windows_are_compared_without_zones() {
        let window = Window { start: clock(1_000_000, "IST"), end: clock(9_000_000, "IST") };
        assert!(window.may_be(Time(1_000_000 - 19_800), Time(9_000_000 - 19_800)));
        assert!(!window.may_be(Time(1_000_000 - 86_400), Time(9_000_000)));
        assert!(!clock(5, "UTC").may_be(Time(3605)));
    }
}
