//! Challengers that run in the shadow of the champion until they are reviewed.

use std::fs;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::{DAY_MS, TimestampMs};
use serde::{Deserialize, Serialize};

use super::error::{At, RegistryError};
use super::layout::Shelf;
use super::{Aliases, ModelRegistry, durable};

/// Days in the shadow before a challenger may take the champion's place.
pub const SHADOW_DAYS: i64 = 7;
/// Shadows that are remembered.
const KEPT_MAX: usize = 50;

/// How a shadow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowVerdict {
    /// The challenger became the champion.
    Promoted,
    /// The champion stays.
    Dropped,
    /// It was taken away, or another challenger took its place.
    Withdrawn,
}

impl ShadowVerdict {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Dropped => "dropped",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The end of a shadow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowEnd {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What came of it.
    pub verdict: ShadowVerdict,
    /// Why, in words.
    pub reason: String,
}

/// One time in the shadow. The fields and their order are the file format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The challenger.
    pub version: u32,
    /// When it began, milliseconds since 1970.
    pub since_ms: i64,
    /// When it is reviewed next, milliseconds since 1970.
    pub review_ms: i64,
    /// What the last review found while it went on.
    pub waits_for: Option<String>,
    /// Its end; none while it goes on.
    pub end: Option<ShadowEnd>,
}

impl Shelf {
    fn shadows(&self) -> Result<Vec<Shadow>, RegistryError> {
        let path = self.dir.join("shadows.json");
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            bytes => durable::unseal(&path, &bytes.at(&path)?),
        }
    }

    /// Changes the list in one step. The caller holds the lock; a damaged list counts as empty, since
    /// it is about to be replaced.
    fn change_shadows(&self, change: impl FnOnce(&mut Vec<Shadow>)) -> Result<(), RegistryError> {
        let mut shadows = match self.shadows() {
            Err(RegistryError::Damaged { .. }) => Vec::new(),
            other => other?,
        };
        change(&mut shadows);
        let surplus = shadows.len().saturating_sub(KEPT_MAX);
        shadows.drain(..surplus);
        self.replace("shadows.json", &durable::seal(&shadows))
    }
}

/// The shadow of a version that goes on.
fn running(shadows: &mut [Shadow], version: u32) -> Option<&mut Shadow> {
    shadows.iter_mut().rev().find(|shadow| shadow.version == version && shadow.end.is_none())
}

impl ModelRegistry {
    /// Every time in the shadow that is remembered, the oldest first.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn shadows(&self, tenant: &str, kind: ModelKind) -> Result<Vec<Shadow>, RegistryError> {
        self.shelf(tenant, kind).shadows()
    }

    /// Makes an intact version the challenger, to be reviewed after [`SHADOW_DAYS`]. A challenger
    /// that was in the shadow before is withdrawn; one that is in it already stays as it is.
    ///
    /// # Errors
    /// As [`ModelRegistry::activate`].
    pub fn begin_shadow(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: u32,
        now: TimestampMs,
    ) -> Result<(), RegistryError> {
        self.set_challenger(tenant, kind, Some(version))?;
        let shelf = self.shelf(tenant, kind);
        let _lock = shelf.lock()?;
        shelf.change_shadows(|shadows| {
            if running(shadows, version).is_some() {
                return;
            }
            for before in shadows.iter_mut().filter(|shadow| shadow.end.is_none()) {
                let reason = format!("version {version} took its place");
                let (at_ms, verdict) = (now.0, ShadowVerdict::Withdrawn);
                before.end = Some(ShadowEnd { at_ms, verdict, reason });
            }
            let review_ms = now.plus_ms(SHADOW_DAYS * DAY_MS).0;
            let (since_ms, waits_for, end) = (now.0, None, None);
            shadows.push(Shadow { version, since_ms, review_ms, waits_for, end });
        })
    }

    /// Lets a shadow go on, to be reviewed again later.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn prolong_shadow(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: u32,
        review: TimestampMs,
        waits_for: String,
    ) -> Result<(), RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let _lock = shelf.lock()?;
        shelf.change_shadows(|shadows| {
            if let Some(shadow) = running(shadows, version) {
                (shadow.review_ms, shadow.waits_for) = (review.0, Some(waits_for));
            }
        })
    }

    /// Ends a shadow: the challenger becomes the champion when it is promoted, and is none any more in
    /// any case. Where people have moved the names meanwhile, that is what ends it and no name moves.
    /// Returns the end as it was noted; names and note change under one lock.
    ///
    /// # Errors
    /// When a version to promote is damaged, or the change cannot be written.
    pub fn end_shadow(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: u32,
        end: ShadowEnd,
    ) -> Result<ShadowEnd, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let _lock = shelf.lock()?;
        let names = shelf.aliases_to_change()?;
        let end = match moved_by_hand(&names, version) {
            Some((verdict, reason)) => {
                ShadowEnd { at_ms: end.at_ms, verdict, reason: reason.to_owned() }
            }
            None => end,
        };
        // The names first: a shadow that has ended has moved them.
        if names.challenger == Some(version) {
            let promoted = end.verdict == ShadowVerdict::Promoted;
            let moved = if promoted && names.champion != Some(version) {
                shelf.load(&shelf.version(version)?)?;
                names.with_champion(Some(version))
            } else {
                Aliases { challenger: None, ..names }
            };
            shelf.set_aliases(&moved)?;
        }
        shelf.change_shadows(|shadows| {
            if let Some(shadow) = running(shadows, version) {
                shadow.end = Some(end.clone());
            }
        })?;
        Ok(end)
    }
}

/// People have the last word: what they moved ends the shadow of a version.
pub(crate) fn moved_by_hand(
    names: &Aliases,
    version: u32,
) -> Option<(ShadowVerdict, &'static str)> {
    if names.champion == Some(version) {
        return Some((ShadowVerdict::Promoted, "it was made champion by hand"));
    }
    let withdrawn = (ShadowVerdict::Withdrawn, "it is no longer the challenger");
    (names.challenger != Some(version)).then_some(withdrawn)
}
