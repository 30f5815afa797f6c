//! `netsh http show urlacl` and `netsh http show iplisten`.

use crate::model::iis::{ListenList, Reservation, Unit};

use super::{
    lines::{Line, Stretch},
    shapes,
};

/// Words of the header above the list of addresses: English as it is printed, others as such a list must be called.
const LISTEN: &[&str] =
    &["listen", "abhör", "écoute", "escucha", "escuta", "侦听", "偵聽", "ascolto", "прослуш"];

/// Reads a block of one reserved URL: its account, and below it the description of its rights, which has no language.
pub(super) fn reservation(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let (_, url) = stretch.line(0)?.labelled()?;
    if !url.text.starts_with("http://") && !url.text.starts_with("https://") {
        return None;
    }
    let is_url = |line: &Line<'_>| {
        line.labelled()
            .is_some_and(|(_, it)| it.text.starts_with("http://") || it.text.starts_with("https://"))
    };
    let mut end = 1;
    let mut described = false;
    while let Some(line) = stretch.line(end).filter(|it| !is_url(it) && it.labelled().is_some()) {
        described |= line.labelled().is_some_and(|(_, it)| it.text.starts_with("D:("));
        let more = stretch.line(end + 1).is_some_and(|next| !next.after_gap || !described);
        end += 1;
        if described && !more {
            break;
        }
    }
    if !described {
        return None;
    }
    let user = stretch.line(1).and_then(Line::labelled).map(|(_, user)| user);
    let user =
        user.filter(|it| !it.text.is_empty() && !it.text.starts_with("D:(")).map(|it| it.said(stretch.file));
    unit.reservations.push(Reservation { url: url.said(stretch.file), user });
    Some(end)
}

/// Reads the list of addresses that http.sys listens on; an empty one means all.
pub(super) fn listen_list(stretch: &Stretch<'_, '_>, unit: &mut Unit) -> Option<usize> {
    let header = stretch.line(0)?;
    let lower = header.text().to_lowercase();
    let said = lower.contains("ip") && LISTEN.iter().any(|it| lower.contains(it));
    let asked = stretch.commanded(&["show", "iplisten"]);
    if !stretch.line(1)?.is_rule() || !(said || asked) || header.command.is_some() || lower.len() > 120 {
        return None;
    }
    let mut list = ListenList { at: header.whole.at(stretch.file), addresses: Vec::new() };
    let mut end = 2;
    while let Some((line, address)) =
        stretch.line(end).and_then(|it| Some((it, shapes::bare_address(it.text())?)))
    {
        list.addresses.push((address, line.whole.at(stretch.file)));
        end += 1;
    }
    // Something else than an address may stand in the list in a way that is not known here.
    let clear = stretch.line(end).is_none_or(|next| next.command.is_some() || next.after_gap);
    if clear || !list.addresses.is_empty() {
        unit.listen_lists.push(list);
    }
    Some(end)
}
