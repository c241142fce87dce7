//! An export as a list of messages with authors, before anything is known of people and zones.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::body::visible;
use super::header::{Header, Style};
use super::order::{decide, local_time, misplaced};
use super::{ExportError, FILE_BYTES_MAX};
use crate::calendar::LocalDateTime;
use crate::dates::{Certainty, DateDecision, DateOrder};
use crate::identity::normalized;

/// One message, or a line of the app (no author).
pub(super) struct Entry<'t> {
    /// Line of the file, from 1.
    pub(super) line: u64,
    /// When; `None` when the date does not exist.
    pub(super) at: Option<LocalDateTime>,
    /// Whether the half of the day is written in a way that we don't know.
    pub(super) unknown_half: bool,
    /// Who wrote it.
    pub(super) author: Option<String>,
    /// The text as it stands in the file.
    pub(super) text: &'t str,
}

/// A parsed export.
pub(super) struct Chat<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    pub(super) style: Style,
    pub(super) dates: DateDecision,
    /// Lines that look like the front of a message but are quoted inside one.
    pub(super) quoted: u64,
    /// Messages whose time does not fit among their neighbours' and that are kept.
    pub(super) out_of_order: u64,
    /// Whether text stands before the first message.
    pub(super) headless: bool,
}

struct Found<'t> {
    line: u64,
    start: usize,
    text_start: usize,
    header: Header<'t>,
}

impl<'t> Chat<'t> {
    pub(super) fn parse(
        bytes: &'t [u8],
        stated: Option<DateOrder>,
        hint: Option<DateOrder>,
        me: &[&str],
    ) -> Result<Self, ExportError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(ExportError::TooLarge);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| ExportError::NotUtf8)?;
        let mut found = headers(text);
        let style = usual_style(&found).ok_or(ExportError::NotAnExport)?;
        let all = found.len();
        found.retain(|f| f.header.style == style);
        let dates = match stated {
            Some(order) => DateDecision { order, certainty: Certainty::Stated },
            None => decide(&found.iter().map(|f| &f.header).collect::<Vec<_>>(), hint),
        };
        let out_of_order = drop_quotes(text, &mut found, dates.order, me);
        let quoted = (all - found.len()) as u64;
        let headless = found
            .first()
            .and_then(|f| text.get(..f.start))
            .is_some_and(|before| !visible(before).trim().is_empty());
        let ends = found.iter().skip(1).map(|f| f.start).chain([text.len()]);
        let names = Names::learn(found.iter().map(|f| f.header.rest), me);
        let entries = found
            .iter()
            .zip(ends)
            .map(|(f, end)| {
                let whole = text.get(f.text_start..end).unwrap_or("");
                let (author, text) = names.split(whole);
                Entry {
                    line: f.line,
                    at: local_time(&f.header, dates.order),
                    unknown_half: f.header.unknown_half,
                    author,
                    text,
                }
            })
            .collect();
        Ok(Self { entries, style, dates, quoted, out_of_order, headless })
    }
}

/// Every line that begins like a message.
fn headers(text: &str) -> Vec<Found<'_>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (index, line) in text.split('\n').enumerate() {
        let content = line.strip_suffix('\r').unwrap_or(line);
        if let Some(header) = Header::parse(content) {
            let text_start = start + content.len() - header.rest.len();
            out.push(Found { line: index as u64 + 1, start, text_start, header });
        }
        start += line.len() + 1;
    }
    out
}

/// The most frequent style; of equal ones the one that comes first.
fn usual_style(found: &[Found<'_>]) -> Option<Style> {
    let mut counts: BTreeMap<Style, usize> = BTreeMap::new();
    for f in found {
        *counts.entry(f.header.style).or_insert(0) += 1;
    }
    let most = counts.values().copied().max()?;
    found.iter().map(|f| f.header.style).find(|style| counts.get(style) == Some(&most))
}

/// Removes lines that are quoted inside a message: they are out of their place in time, and either
/// nobody of that name writes elsewhere, or the same line stands elsewhere in its place. Returns how
/// many others are out of place (and stay).
fn drop_quotes(text: &str, found: &mut Vec<Found<'_>>, order: DateOrder, me: &[&str]) -> u64 {
    let minutes: Vec<i64> = {
        let mut last = i64::MIN;
        let at = |f: &Found<'_>| local_time(&f.header, order).map(LocalDateTime::minutes);
        // A date that does not exist stands where its neighbour does.
        found.iter().map(|f| at(f).inspect(|m| last = *m).unwrap_or(last)).collect()
    };
    let wrong = misplaced(&minutes);
    if !wrong.contains(&true) {
        return 0;
    }
    let line_of = |f: &Found<'_>| {
        let rest = text.get(f.text_start..).unwrap_or("");
        visible(rest.lines().next().unwrap_or(""))
    };
    let author_of = |f: &Found<'_>| first_author(f.header.rest, me).map(|(name, _)| name);
    let mut authors = BTreeSet::new();
    let mut in_place = BTreeSet::new();
    let wrong_minutes: BTreeSet<i64> =
        minutes.iter().zip(&wrong).filter(|(_, w)| **w).map(|(m, _)| *m).collect();
    for ((f, minute), wrong) in found.iter().zip(&minutes).zip(&wrong) {
        if !wrong {
            authors.extend(author_of(f));
            if wrong_minutes.contains(minute) {
                in_place.insert((*minute, line_of(f)));
            }
        }
    }
    let mut kept = 0;
    let mut place = minutes.iter().zip(&wrong);
    found.retain(|f| {
        let Some((minute, true)) = place.next() else { return true };
        let known = author_of(f).is_some_and(|name| authors.contains(&name));
        let stays = known && !in_place.contains(&(*minute, line_of(f)));
        kept += u64::from(stays);
        stays
    });
    kept
}

/// Names of authors that contain a colon, learned from the whole file.
struct Names<'m> {
    me: &'m [&'m str],
    /// By what stands before the first colon: the whole name.
    long: BTreeMap<String, String>,
}

/// As many messages must agree before a colon counts as part of a name.
const LONG_NAME_MESSAGES_MIN: usize = 5;

impl<'m> Names<'m> {
    fn learn<'l>(lines: impl Iterator<Item = &'l str>, me: &'m [&'m str]) -> Self {
        let mut seconds: BTreeMap<String, (usize, Option<String>)> = BTreeMap::new();
        for line in lines {
            let Some((name, rest)) = first_author(line, me) else { continue };
            let second = rest.split_once(": ").map(|(second, _)| visible(second));
            let slot = seconds.entry(name).or_insert_with(|| (0, second.clone()));
            slot.0 += 1;
            if slot.1 != second {
                slot.1 = None;
            }
        }
        let long = seconds
            .into_iter()
            .filter(|(_, (count, _))| *count >= LONG_NAME_MESSAGES_MIN)
            .filter_map(|(name, (_, second))| {
                let second = second.filter(|s| !s.trim().is_empty())?;
                let whole = alloc::format!("{name}: {second}");
                Some((name, whole))
            })
            .collect();
        Self { me, long }
    }

    /// Author and text of a message; no author for a line of the app.
    fn split<'t>(&self, whole: &'t str) -> (Option<String>, &'t str) {
        match first_author(whole, self.me) {
            None => (None, whole),
            Some((name, rest)) => match self.long.get(&name) {
                Some(long) => {
                    let text = rest.split_once(": ").map_or(rest, |(_, text)| text);
                    (Some(long.clone()), text)
                }
                None => (Some(name), rest),
            },
        }
    }
}

/// Names are not longer than this, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The author by the first colon (or the name of the business, whatever it contains), and what
/// follows the colon. `None` for lines of the app, which have no colon, or one only after a quote
/// (`Ana changed the subject to "x: y"`).
fn first_author<'t>(text: &'t str, me: &[&str]) -> Option<(String, &'t str)> {
    let (first, _) = text.split_once('\n').unwrap_or((text, ""));
    for name in me.iter().filter(|name| name.contains(": ")) {
        if let Some(rest) = text.trim_start_matches(super::header::is_invisible).strip_prefix(name)
            && let Some(rest) = rest.strip_prefix(": ")
        {
            return Some((String::from(*name), rest));
        }
    }
    let colon = match first.find(": ") {
        Some(at) => at,
        // A message that begins with a line break.
        None => first.trim_end().strip_suffix(':')?.len(),
    };
    let (name, rest) = text.split_at_checked(colon)?;
    let name = shown_name(name);
    let quoted = name.contains(['"', '“', '”', '„', '«', '»']);
    if name.is_empty() || quoted || name.chars().count() > NAME_CHARS_MAX {
        return None;
    }
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    Some((name, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// A name without invisible marks and without the tilde before names that are not in the phone's
/// address book.
pub(super) fn shown_name(name: &str) -> String {
    let name = visible(name);
    let name = name.trim();
    String::from(name.strip_prefix('~').unwrap_or(name).trim())
}

/// Whether two spellings name the same author.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    shown_name(a) == shown_name(b) || normalized(&visible(a)) == normalized(&visible(b))
}
