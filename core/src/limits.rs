//! Every bound that the core holds itself to, in one place. Over a limit is a typed error or a
//! stated truncation, never growth.

/// Largest offset from UTC, minutes.
pub const UTC_OFFSET_MIN_MAX: u16 = 1_080;
/// Days of daily buckets that a contact state keeps.
pub const DAY_BUCKETS_MAX: usize = 366;
/// Newest messages (both directions) kept for turns, medians and sessions.
pub const MESSAGES_MAX: usize = 512;
/// Newest business-initiated sends kept.
pub const SENDS_MAX: usize = 512;
/// Newest purchases kept.
pub const PURCHASES_MAX: usize = 256;
/// Newest delivery states of outbound messages kept: three for each message.
pub const STATUSES_MAX: usize = 3 * MESSAGES_MAX;
/// Newest enrichments of inbound messages kept.
pub const ENRICHMENTS_MAX: usize = 512;
/// Newest conversations kept; of each four steps (opened, resolved, reopened, resolved).
pub const CONVERSATIONS_MAX: usize = 64;
/// Newest satisfaction ratings kept.
pub const RATINGS_MAX: usize = 64;
/// Oldest outbound messages kept, for the time to the first response.
pub const OPENING_MESSAGES_MAX: usize = 32;
/// Oldest delivery states kept, for the time to the first response.
pub const OPENING_STATUSES_MAX: usize = 64;
/// Most features that a model may have.
pub const FEATURES_MAX: usize = 4_096;
/// Most outputs of one model.
pub const OUTPUTS_MAX: usize = 1_024;
/// Most trees in one output of a model.
pub const TREES_MAX: usize = 10_000;
/// Most nodes in one tree.
pub const TREE_NODES_MAX: usize = 1 << 20;
/// Greatest depth of a tree (edges from root to leaf).
pub const TREE_DEPTH_MAX: usize = 512;
/// Most categories of one categorical feature.
pub const CATEGORIES_MAX: usize = 4_096;
/// Largest artifact, bytes.
pub const ARTIFACT_BYTES_MAX: usize = 64 << 20;
/// Longest name of a feature, category, unit or metadata key, bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// Most points of an isotonic calibration curve.
pub const ISOTONIC_POINTS_MAX: usize = 65_536;
/// Largest size of any leaf, coefficient or other number of a model: sums and products of them
/// stay finite, so that no score is ever NaN.
pub const MAGNITUDE_MAX: f64 = 1e100;
/// Smallest scale of a standardised feature.
pub const SCALE_MIN: f64 = 1e-60;
/// Most cut-offs in one artifact.
pub const CUTOFFS_MAX: usize = 16;
/// Longest label horizon, days.
pub const HORIZON_DAYS_MAX: u32 = 3_650;
/// Most candidate instants of one send-time plan (a day of 25 hours, with room).
pub const SEND_SLOTS_MAX: usize = 48;
