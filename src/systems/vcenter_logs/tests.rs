//! Logs of any length are read in bounded memory, and every line keeps its number.

use std::io::{self, BufRead, Read};

use super::*;
use crate::model::vcenter::Verdict;

const LINE: &str = "2020-01-02T14:22:13.001Z ERROR com.vmware.vim.sso.client.impl.SecurityTokenServiceImpl$RequestResponseProcessor \
    opId=] Server rejected the provided time range.Cause:ns0:InvalidTimeRange: The token authority rejected an issue request \
    for TimePeriod [startTime=Thu Jan 02 09:22:13 EST 2020, endTime=Fri Jan 03 09:22:13 EST 2020] :: Signing certificate is \
    not valid at Thu Jan 02 09:22:13 EST 2020, cert validity: TimePeriod [startTime=Wed Jan 06 20:44:39 EST 2010, \
    endTime=Wed Jan 01 20:54:23 EST 2020]";

/// Lines that cost nothing to make, each handed out by itself.
struct Lines<F: FnMut(u64) -> String> {
    make: F,
    next: u64,
    count: u64,
    line: Vec<u8>,
    used: usize,
}

impl<F: FnMut(u64) -> String> Read for Lines<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("lines are read through the buffer")
    }
}

impl<F: FnMut(u64) -> String> BufRead for Lines<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.line.len() && self.next < self.count {
            self.line = (self.make)(self.next).into_bytes();
            self.line.push(b'\n');
            (self.used, self.next) = (0, self.next + 1);
        }
        Ok(&self.line[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

fn report(count: u64, make: impl FnMut(u64) -> String) -> (Source, LogReport) {
    let mut from = Lines { make, next: 0, count, line: Vec::new(), used: 0 };
    let (source, facts) = read(&mut Log { file: FileId(0), path: "vpxd-svcs.log", from: &mut from });
    (source, facts.vcenter.and_then(|unit| unit.log).unwrap_or_default())
}

#[test]
fn a_rejection_is_counted_and_kept_once() {
    let (source, report) = report(200_000, |number| match number % 10 {
        3 => LINE.to_owned(),
        7 => LINE.replace("Cause:ns0", "Cause: ns0"),
        _ => "2020-01-02T14:22:13.001Z INFO nothing to see".to_owned(),
    });
    assert_eq!((report.lines, report.rejections.len()), (200_000, 1));
    let found = &report.rejections[0];
    assert_eq!((found.count, found.verdict()), (40_000, Verdict::Expired));
    assert_eq!(found.window.as_ref().unwrap().days(), 3647);
    assert!(source.text.len() < 2 * MAX_LINE);
    let span = source.span(found.at.place);
    assert!(source.slice(span).starts_with(NOT_VALID));
    assert_eq!(source.position(span.start).line, 4);
}

#[test]
fn what_is_kept_has_a_limit_and_the_rest_is_counted() {
    // Every line speaks of another certificate: nobody's log does that, and a hostile one may.
    let year = |number: u64| format!("{:04}", 1000 + number % 9000);
    let (source, report) = report(50_000, |number| {
        LINE.replace("EST 2010", &format!("EST {}", year(number))) + &"x".repeat(5000)
    });
    assert_eq!(report.rejections.len(), MAX_REJECTIONS);
    let counted: u64 = report.rejections.iter().map(|it| it.count).sum();
    assert_eq!(counted + report.more, 50_000);
    assert!(source.text.len() <= MAX_REJECTIONS * (MAX_LINE + 1));
}

#[test]
fn each_kind_of_line_is_known() {
    let lines = [
        "2020-10-07T08:27:51.547Z info vpxd[12853] [Originator@6876 sub=vpxCrypt] Failed to read X509 cert; err: 151441516",
        "ERROR sts[1] Throwing InvalidTimeRangeException! The token authority rejected an issue request for time period \
         [startTime=Sat Mar 15 14:20:56 GMT 2025, endTime=Sat Mar 15 14:30:56 GMT 2025] :: Signing certificate is not valid",
        "Cannot connect to vCenter Single Sign-On server https://vc.example.com:7444/sts/STSService/vsphere.local",
        "ERROR 1. The certificate with subject '/CN=x' in VECS store TRUSTED_ROOTS has weak signature algorithm \
         sha1WithRSAEncryption. The certificate thumbprint is AA",
    ];
    let (_, found) = report(4, |number| lines[number as usize].to_owned());
    assert!(found.unread.contains_key(&151_441_516));
    assert_eq!(found.rejections[0].verdict(), Verdict::NoWindow);
    assert_eq!(found.rejections[0].first.as_ref().unwrap().zone, "GMT");
    assert_eq!(
        (found.weak[0].0.as_str(), found.weak[0].1.as_str()),
        ("TRUSTED_ROOTS", "sha1WithRSAEncryption")
    );
    assert_eq!(found.symptoms.len(), 1);
    // Dates that are no dates are no reason to stop.
    let (_, odd) = report(1, |_| LINE.replace("Wed Jan 01 20:54:23 EST 2020", "+Inf"));
    assert_eq!((odd.rejections.len(), odd.rejections[0].verdict()), (1, Verdict::NoWindow));
    let (_, none) = report(3, |_| "\u{fffd}".repeat(3));
    assert!(none.is_empty());
}
