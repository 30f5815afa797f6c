//! Dates as a Windows of any region prints them. Day and month are told apart by the form or by the other dates of the
//! same print; where neither says which is which, there is no date.

use crate::x509::Time;

/// Who comes first in dates of this print.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// A date whose form is understood.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// In the order of the text, the year taken out.
    first: u8,
    second: u8,
    year: u16,
    seconds: i64,
    /// The form leaves no doubt: the year stands first, or points stand between.
    order: Option<Order>,
}

/// Reads `2026-11-22 08:30`, `22.11.2026 08:30:00`, `11/22/2026 8:30 AM`. Two digits of a year say too little, and years of
/// other calendars are none of ours.
pub(super) fn read(text: &str) -> Option<Written> {
    let mut words = text.split_whitespace();
    let date = words.next()?;
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let parts: Vec<&str> = date.trim_end_matches('.').split(separator).collect();
    let [a, b, c] = parts[..] else { return None };
    let number =
        |text: &str| if text.len() <= 4 && !text.is_empty() { text.parse::<u16>().ok() } else { None };
    let (a_number, b_number, c_number) = (number(a)?, number(b)?, number(c)?);
    let (year, first, second, order) = if a.len() == 4 {
        (a_number, b_number, c_number, Some(Order::MonthFirst))
    } else if c.len() == 4 {
        (c_number, a_number, b_number, (separator == '.').then_some(Order::DayFirst))
    } else {
        return None;
    };
    let plausible = (1950..2400).contains(&year) && (1..=31).contains(&first) && (1..=31).contains(&second);
    if !plausible {
        return None;
    }
    let rest: Vec<&str> = words.collect();
    let seconds = seconds(&rest);
    Some(Written { first: first as u8, second: second as u8, year, seconds, order })
}

/// Seconds of the day; midnight where the time is not understood.
fn seconds(words: &[&str]) -> i64 {
    let Some(clock) = words.iter().find(|it| it.contains(':')) else { return 0 };
    let parts: Vec<i64> = clock.split(':').filter_map(|it| it.parse().ok()).collect();
    let [hour, minute, rest @ ..] = &parts[..] else { return 0 };
    let is = |word: &str| words.iter().any(|it| it.eq_ignore_ascii_case(word));
    let hour = match hour {
        12 if is("AM") => 0,
        1..=11 if is("PM") => hour + 12,
        _ => *hour,
    };
    if !(0..24).contains(&hour) || !(0..60).contains(minute) {
        return 0;
    }
    hour * 3600 + minute * 60 + rest.first().copied().filter(|it| (0..60).contains(it)).unwrap_or(0)
}

/// What all dates of a print say about their order; `None` where none tells, or two disagree.
pub(super) fn order<'d>(dates: impl IntoIterator<Item = &'d Written>) -> Option<Order> {
    let mut found = None;
    for date in dates.into_iter().filter(|it| it.order.is_none()) {
        let own = match (date.first > 12, date.second > 12) {
            (true, false) => Order::DayFirst,
            (false, true) => Order::MonthFirst,
            (true, true) => return None,
            (false, false) => continue,
        };
        if found.is_some_and(|it| it != own) {
            return None;
        }
        found = Some(own);
    }
    found
}

impl Written {
    /// The time, with what the other dates say about the order. Nobody prints the zone: it is read as UTC.
    pub(super) fn time(&self, others: Option<Order>) -> Option<Time> {
        let same = (self.first == self.second).then_some(Order::DayFirst);
        let (day, month) = match self.order.or(others).or(same)? {
            Order::DayFirst => (self.first, self.second),
            Order::MonthFirst => (self.second, self.first),
        };
        let start = Time::parse(&format!("{:04}-{month:02}-{day:02}", self.year)).ok()?;
        Some(Time(start.0 + self.seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::{order, read};

    fn alone(text: &str) -> Option<String> {
        let date = read(text)?;
        date.time(order([&date])).map(crate::x509::Time::rfc3339)
    }

    #[test]
    fn only_clear_dates_are_dates() {
        let clear = [
            ("2026-11-22 08:30", "2026-11-22T08:30:00Z"),
            ("2026/3/4 18:30:05", "2026-03-04T18:30:05Z"),
            ("04.03.2026 01:02", "2026-03-04T01:02:00Z"),
            ("13/02/2037 10:39", "2037-02-13T10:39:00Z"),
            ("2/13/2037 10:39:01 PM", "2037-02-13T22:39:01Z"),
            ("5/5/2026 12:00 AM", "2026-05-05T00:00:00Z"),
        ];
        for (text, time) in clear {
            assert_eq!(alone(text).as_deref(), Some(time), "{text}");
        }
        for text in [
            "02/09/2037 10:39",
            "02/09/37",
            "1/1/2569 10:00",
            "22-Nov-2026",
            "31.02.2026",
            "",
            "99/99/2026",
            "٢/٣/2026",
        ] {
            assert_eq!(alone(text), None, "{text}");
        }
    }

    #[test]
    fn other_dates_of_the_print_tell_the_order() {
        let (a, b) = (read("02/09/2037").unwrap(), read("25/09/2037").unwrap());
        assert_eq!(a.time(order([&a, &b])).unwrap().to_string(), "2037-09-02");
        let c = read("9/25/2037").unwrap();
        assert_eq!(order([&b, &c]), None);
    }
}
