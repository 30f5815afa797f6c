//! Points in time as certificates state them: whole seconds, UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since the Unix epoch, UTC.
///
/// `Display` gives the day, `2026-11-22`, which is what an operator plans by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

const DAY: i64 = 86_400;

impl Time {
    /// `2026-11-22T00:00:00Z`, RFC 3339.
    pub fn rfc3339(self) -> String {
        let (year, month, day) = self.civil();
        let second = self.0.rem_euclid(DAY);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }

    /// Reads `2026-11-22` (its first second, UTC) or RFC 3339 with any offset. The error says what is expected.
    pub fn parse(text: &str) -> Result<Time, String> {
        let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        OffsetDateTime::parse(&full, &Rfc3339).map(|time| Time(time.unix_timestamp())).map_err(|error| {
            format!("`{text}` is neither a date such as 2026-11-22 nor RFC 3339 such as 2026-11-22T08:30:00Z: {error}")
        })
    }

    /// Whole days from here to `other`, rounded down: a certificate that ended an hour ago has -1 day left.
    pub fn days_until(self, other: Time) -> i64 {
        other.0.saturating_sub(self.0).div_euclid(DAY)
    }

    /// Year, month, day of the proleptic Gregorian calendar, for any second at all.
    fn civil(self) -> (i64, i64, i64) {
        // Days are counted from 0000-03-01, so that the leap day ends a year.
        let days = self.0.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// What is wrong with the text of a `UTCTime` (`YYMMDDHHMMSSZ`) or, where `generalized`, a `GeneralizedTime`
/// (`YYYYMMDDHHMMSSZ`), RFC 5280 4.1.2.5. `None`: nothing.
pub(super) fn complaint(text: &[u8], generalized: bool) -> Option<String> {
    let years = if generalized { 4 } else { 2 };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, zone) = text.split_at(digits);
    let pair = |at: usize| {
        let at = years + at * 2;
        number.get(at..at + 2).map(|two| u32::from(two[0] - b'0') * 10 + u32::from(two[1] - b'0'))
    };
    let bounds = [("month", 1, 12), ("day", 1, 31), ("hour", 0, 23), ("minute", 0, 59), ("second", 0, 59)];
    for (index, (name, low, high)) in bounds.into_iter().enumerate() {
        match pair(index) {
            None if name == "second" => return Some("no seconds".into()),
            None => return Some(format!("no {name}")),
            Some(value) if value < low || value > high => return Some(format!("{name} {value}")),
            Some(_) => {}
        }
    }
    // Without a zone, the digits may well be fewer or more: what is missing is the thing to say.
    if number.len() > years + 10 && !zone.is_empty() {
        return Some("too many digits".into());
    }
    match zone {
        b"Z" => None,
        [] => Some("no `Z` at the end".into()),
        [b'.' | b',', ..] => Some("fraction of a second".into()),
        [b'+' | b'-', ..] => Some("offset where `Z` must stand".into()),
        _ => Some("something other than `Z` at the end".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_seconds() {
        let noon = Time::parse("2026-11-22T12:00:00Z").unwrap();
        assert_eq!(noon.to_string(), "2026-11-22");
        assert_eq!(noon.rfc3339(), "2026-11-22T12:00:00Z");
        assert_eq!(Time::parse("2026-11-22").unwrap().rfc3339(), "2026-11-22T00:00:00Z");
        assert_eq!(Time::parse("2026-11-22T01:00:00+01:00"), Time::parse("2026-11-22"));
        assert_eq!(noon.days_until(Time::parse("2026-11-23").unwrap()), 0);
        assert_eq!(noon.days_until(Time::parse("2026-11-22").unwrap()), -1);
        assert_eq!(noon.days_until(Time(noon.0 + 30 * DAY)), 30);
        assert!(Time::parse("yesterday").is_err());
        assert!(Time::parse("2026-13-01").is_err());
        assert!(Time::parse("überübe").is_err());
    }

    #[test]
    fn calendar_agrees_with_the_time_crate() {
        for step in -2000_i64..3000 {
            let seconds = step * 31_556_952 + step;
            let Ok(theirs) = OffsetDateTime::from_unix_timestamp(seconds) else { continue };
            if theirs.year() >= 0 {
                assert_eq!(Time(seconds).rfc3339(), theirs.format(&Rfc3339).unwrap());
            }
        }
        assert!(Time(i64::MAX).to_string().len() > 8);
    }

    #[test]
    fn complaints_name_the_part() {
        let utc = |text: &str| complaint(text.as_bytes(), false);
        assert_eq!(utc("261122120000Z"), None);
        assert_eq!(utc("261322120000Z").as_deref(), Some("month 13"));
        assert_eq!(utc("261122120099Z").as_deref(), Some("second 99"));
        assert_eq!(utc("261122120000").as_deref(), Some("no `Z` at the end"));
        assert_eq!(utc("2611221200000").as_deref(), Some("no `Z` at the end"));
        assert_eq!(utc("2611221200000Z").as_deref(), Some("too many digits"));
        assert_eq!(utc("2611221200Z").as_deref(), Some("no seconds"));
        assert_eq!(utc("").as_deref(), Some("no month"));
        assert_eq!(complaint(b"20261122120000.5Z", true).as_deref(), Some("fraction of a second"));
        assert_eq!(complaint(b"20261122120000Z", true), None);
    }
}
