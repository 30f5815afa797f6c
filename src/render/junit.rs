//! `JUnit`'s XML: a failed test case for each error and warning, a passed one for each note, and one that passed for a
//! clean run, since readers take an empty suite for a broken one.
//! Schema: the one of Jenkins' xUnit plugin, `junit-10.xsd`.

use std::io;

use crate::finding::{Finding, Level, Outcome};

use super::place::{placed, story, xml};

/// Writes one suite.
pub(super) fn write(outcome: &Outcome, to: &mut dyn io::Write) -> io::Result<()> {
    let tally = outcome.tally();
    let failed = tally.error + tally.warning;
    let cases = (failed + tally.note).max(1);
    writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(to, "<testsuites name=\"tlslint\" tests=\"{cases}\" failures=\"{failed}\" errors=\"0\">")?;
    writeln!(
        to,
        "  <testsuite name=\"tlslint\" tests=\"{cases}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\" timestamp=\"{}\">",
        xml(outcome.as_of.trim_end_matches('Z'))
    )?;
    for judged in outcome.counting() {
        case(outcome, &judged.finding, to)?;
    }
    if failed + tally.note == 0 {
        writeln!(to, "    <testcase name=\"no findings\" classname=\"tlslint\"/>")?;
    }
    writeln!(to, "  </testsuite>\n</testsuites>")
}

fn case(outcome: &Outcome, finding: &Finding, to: &mut dyn io::Write) -> io::Result<()> {
    let places = placed(outcome, finding);
    let Some(first) = places.first() else { return Ok(()) };
    write!(
        to,
        "    <testcase name=\"{} {}\" classname=\"{}\"",
        xml(finding.rule),
        xml(&first.written()),
        xml(&first.source.path)
    )?;
    let text = xml_lines(&story(outcome, finding));
    match finding.level {
        Level::Note => writeln!(to, ">\n      <system-out>{text}</system-out>\n    </testcase>"),
        level => writeln!(
            to,
            ">\n      <failure type=\"{}\" message=\"{}\">{text}</failure>\n    </testcase>",
            level.word(),
            xml(&crate::finding::one_line(&finding.message)),
        ),
    }
}

fn xml_lines(lines: &[String]) -> String {
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}
