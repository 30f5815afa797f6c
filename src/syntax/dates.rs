//! Dates as programs print them: OpenSSL, Java, `date`. A zone is kept as its name: abbreviations such as `EST` or `IST` mean
//! several things, so nothing here converts one.

/// A moment as written, in the zone it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Seconds since 1970-01-01 00:00:00 of that zone.
    pub seconds: i64,
    /// The name of the zone, where there is one.
    pub zone: Option<String>,
}

/// Zones that are the same everywhere.
const UNIVERSAL: &[&str] = &["UTC", "GMT", "Z", "UCT", "Zulu"];

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Written {
    /// Seconds since the Unix epoch, where the zone leaves no doubt.
    pub fn universal(&self) -> Option<i64> {
        let zone = self.zone.as_deref()?;
        UNIVERSAL.contains(&zone).then_some(self.seconds)
    }
}

/// `Jan  1 20:54:23 2020 GMT`, as OpenSSL prints validity.
pub fn openssl(text: &str) -> Option<Written> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [month, day, clock, year, zone @ ..] = &words[..] else { return None };
    let zone = match zone {
        [] => None,
        [zone] => Some((*zone).to_owned()),
        _ => return None,
    };
    Some(Written { seconds: days(year, month_of(month)?, day)? * 86_400 + seconds(clock)?, zone })
}

/// `Thu Jan 02 09:22:13 EST 2020`, as `Date.toString` of Java and `date` print.
pub fn java(text: &str) -> Option<Written> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [weekday, month, day, clock, zone, year] = words[..] else { return None };
    if weekday.len() != 3 || !weekday.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let seconds = days(year, month_of(month)?, day)? * 86_400 + seconds(clock)?;
    Some(Written { seconds, zone: Some(zone.to_owned()) })
}

/// `2030 May 16`, midnight.
pub fn day(text: &str) -> Option<Written> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [year, month, day] = words[..] else { return None };
    Some(Written { seconds: days(year, month_of(month)?, day)? * 86_400, zone: None })
}

/// `2020-07-21 07:15:37`, `2020-07-21T07:15:37.123Z`, `2020-07-21`.
pub fn iso(text: &str) -> Option<Written> {
    let text = text.trim();
    let date = text.get(..10)?;
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    if year.len() != 4 {
        return None;
    }
    let month: u8 = month.parse().ok().filter(|it| (1..=12).contains(it))?;
    let days = days(year, month, day)?;
    let rest = text[10..].trim_start_matches(['T', ' ']);
    let clock = rest.split(['.', 'Z', '+', ' ']).next().unwrap_or_default();
    let zone = rest.ends_with('Z').then(|| "Z".to_owned());
    Some(Written { seconds: days * 86_400 + if clock.is_empty() { 0 } else { seconds(clock)? }, zone })
}

/// 1 for `Jan`.
pub fn month_of(word: &str) -> Option<u8> {
    let lower = word.to_ascii_lowercase();
    MONTHS.iter().position(|it| *it == lower).map(|at| at as u8 + 1)
}

/// Seconds of the day.
fn seconds(clock: &str) -> Option<i64> {
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let within = |text: &str, below: i64| text.parse::<i64>().ok().filter(|it| (0..below).contains(it));
    // A leap second is a second.
    Some(within(hour, 24)? * 3600 + within(minute, 60)? * 60 + within(second, 61)?)
}

/// Days since 1970-01-01.
fn days(year: &str, month: u8, day: &str) -> Option<i64> {
    let year: i64 = year.parse().ok().filter(|it| (1..=9999).contains(it))?;
    let day: i64 = day.parse().ok().filter(|it| (1..=31).contains(it))?;
    let month = i64::from(month);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day > longest {
        return None;
    }
    // Years are counted from March, so that the leap day ends one.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW_YEAR: i64 = 1_577_836_800;

    #[test]
    fn three_grammars_and_one_moment() {
        assert_eq!(openssl("Jan  1 00:00:00 2020 GMT").unwrap().universal(), Some(NEW_YEAR));
        assert_eq!(java("Wed Jan 01 00:00:00 UTC 2020").unwrap().universal(), Some(NEW_YEAR));
        assert_eq!(day("2020 Jan 1").unwrap().seconds, NEW_YEAR);
        assert_eq!(iso("2020-01-01T00:00:00.000Z").unwrap().universal(), Some(NEW_YEAR));
        assert_eq!(iso("2020-01-01 00:00:01").unwrap().seconds, NEW_YEAR + 1);
        assert_eq!(day("2020 Feb 29").unwrap().seconds - NEW_YEAR, 59 * 86_400);
    }

    #[test]
    fn an_abbreviation_is_no_offset() {
        let date = java("Thu Jan 02 09:22:13 EST 2020").unwrap();
        assert_eq!((date.universal(), date.zone.as_deref()), (None, Some("EST")));
        assert_eq!(date.seconds, NEW_YEAR + 86_400 + 9 * 3600 + 22 * 60 + 13);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "Jan 32 00:00:00 2020 GMT", "Foo  1 00:00:00 2020 GMT", "Jan  1 24:00:00 2020 GMT", "+Inf"]
        {
            assert_eq!(openssl(text), None, "{text}");
            assert_eq!(java(text), None, "{text}");
            assert_eq!(day(text), None, "{text}");
            assert_eq!(iso(text), None, "{text}");
        }
        assert_eq!(day("2021 Feb 29"), None);
        assert_eq!(iso("2020-13-01"), None);
        assert_eq!(iso("überüberü"), None);
    }
}
