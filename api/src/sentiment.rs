//! Mood of texts and conversations.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::score::RiskLevel;
use serde::{Deserialize, Serialize};

use crate::checked::{Check, Checked, batch, distinct, wrong};
use crate::engine::EngineOrigin;
use crate::error::ErrorCode;
use crate::language::{LanguageChoice, LanguageTag};
use crate::text::{Text, TextItem, check_texts};
use crate::time::Instant;

/// Asks for the mood of one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SentimentRequest {
    /// The text.
    pub text: Text,
    /// Whether to give the emotions too.
    #[serde(default)]
    pub include_emotions: bool,
    /// Its language, or `auto`.
    #[serde(default)]
    pub language: LanguageChoice,
    /// Where it was written: risk is judged by it.
    #[serde(default)]
    pub context: SentimentContext,
}

impl Check for SentimentRequest {
    fn check(&self, _items_max: usize) -> Checked {
        Ok(())
    }
}

/// Where a text was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SentimentContext {
    /// Nothing is known of it.
    #[default]
    General,
    /// A conversation with support.
    Support,
    /// A conversation about a purchase.
    Sales,
}

/// The mood in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Positive.
    Positive,
    /// Neither.
    Neutral,
    /// Negative.
    Negative,
}

/// Probabilities of the moods; their sum is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentimentScores {
    /// Of `positive`.
    pub positive: f64,
    /// Of `neutral`.
    pub neutral: f64,
    /// Of `negative`.
    pub negative: f64,
}

/// The emotion in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the word itself")]
pub enum Emotion {
    Joy,
    Sadness,
    Anger,
    Fear,
    Surprise,
    Disgust,
    Neutral,
}

/// Probabilities of the emotions; their sum is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "each is the probability of the emotion of its name")]
pub struct EmotionScores {
    pub joy: f64,
    pub sadness: f64,
    pub anger: f64,
    pub fear: f64,
    pub surprise: f64,
    pub disgust: f64,
    pub neutral: f64,
}

/// The mood of one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentimentAnalysis {
    /// The likeliest mood.
    pub sentiment: Sentiment,
    /// Its probability, 0 to 1.
    pub confidence: f64,
    /// Of every mood.
    pub scores: SentimentScores,
    /// The likeliest emotion, where emotions were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emotion: Option<Emotion>,
    /// Of every emotion, where emotions were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emotions: Option<EmotionScores>,
    /// `critical`, `high`, `medium` or `low`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::RiskLevel))]
    pub risk_level: RiskLevel,
    /// 0 to 1.
    pub risk_score: f64,
    /// Why, heaviest first, like `anger 0.71`.
    pub risk_reasons: Vec<String>,
    /// The text's language.
    pub language: LanguageTag,
    /// Whether the engine read only the beginning of the text.
    pub truncated: bool,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// Asks for the mood of many texts: `texts`, or `items` with ids and languages. At most 1,000
/// (`--batch-items-max`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SentimentBatchRequest {
    /// The texts; each one's language is detected.
    #[serde(default)]
    pub texts: Option<Vec<Text>>,
    /// The texts with what is known of them.
    #[serde(default, deserialize_with = "crate::object::nullable_list")]
    pub items: Option<Vec<TextItem>>,
    /// Whether to give the emotions too.
    #[serde(default)]
    pub include_emotions: bool,
}

impl Check for SentimentBatchRequest {
    fn check(&self, items_max: usize) -> Checked {
        check_texts(self.texts.as_deref(), self.items.as_deref(), items_max)
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The customer.
    Customer,
    /// A person of the business.
    Agent,
    /// A program of the business.
    Bot,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationMessage {
    /// Who wrote it.
    pub role: Role,
    /// The text.
    pub text: Text,
    /// When; not before the message before it.
    pub timestamp: Instant,
}

/// Asks how the mood of a conversation moves. At most 1,000 messages (`--batch-items-max`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationRequest {
    /// The messages in the order of time.
    #[serde(deserialize_with = "crate::object::list")]
    pub messages: Vec<ConversationMessage>,
    /// Whose messages count; the customer's when left out.
    #[serde(default = "customer")]
    pub score_roles: Vec<Role>,
}

fn customer() -> Vec<Role> {
    vec![Role::Customer]
}

/// Who can write a message.
const ROLES: usize = 3;

impl Check for ConversationRequest {
    fn check(&self, items_max: usize) -> Checked {
        let messages = &self.messages;
        batch("messages", messages.len(), items_max)?;
        distinct("score_roles", &self.score_roles, ROLES)?;
        let early = messages.windows(2).position(|pair| pair[1].timestamp < pair[0].timestamp);
        if let Some(before) = early {
            let at = alloc::format!("/messages/{}/timestamp", before + 1);
            return wrong(ErrorCode::InvalidField, at, "is earlier than the message before it");
        }
        if !messages.iter().any(|message| self.score_roles.contains(&message.role)) {
            let why = "has no message of the roles that count";
            return wrong(ErrorCode::InvalidField, "/messages".into(), why);
        }
        Ok(())
    }
}

/// Which way the mood moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationTrend {
    /// Up.
    Improving,
    /// Hardly, or there are fewer than three messages that count.
    Stable,
    /// Down.
    Declining,
}

/// Where the mood changed most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TurningPoint {
    /// Position of the message.
    pub index: usize,
    /// Change of the score, -2 to 2.
    pub delta: f64,
}

/// What the risk of a conversation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationComponents {
    /// Mean score, -1 to 1.
    pub sentiment: f64,
    /// How long the customer has waited for an answer, minutes.
    pub waiting_minutes: f64,
    /// Whether the last word is the customer's.
    pub unresolved: bool,
    /// Questions that were asked again.
    pub repeat_questions: u32,
}

/// The mood of one message of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoredMessage {
    /// Position in the request.
    pub index: usize,
    /// The likeliest mood.
    pub sentiment: Sentiment,
    /// Probability of positive less that of negative, -1 to 1.
    pub score: f64,
}

/// How the mood of a conversation moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationAnalysis {
    /// Of the whole.
    pub overall_sentiment: Sentiment,
    /// Mean of the scores that count, -1 to 1.
    pub mean_score: f64,
    /// Which way it moves.
    pub trend: ConversationTrend,
    /// Change of the score in an hour.
    pub slope_per_hour: f64,
    /// Standard deviation of the scores that count.
    pub volatility: f64,
    /// Score of the first message that counts, -1 to 1.
    pub start_score: f64,
    /// Score of the last message that counts, -1 to 1.
    pub end_score: f64,
    /// Where it changed most; null with a single message.
    pub turning_point: Option<TurningPoint>,
    /// `critical`, `high`, `medium` or `low`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::RiskLevel))]
    pub risk_level: RiskLevel,
    /// What the risk is made of.
    pub components: ConversationComponents,
    /// The messages that count.
    pub messages: Vec<ScoredMessage>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    fn conversation(json: &str) -> Result<(), ErrorCode> {
        let request: ConversationRequest = serde_json::from_str(json).expect(json);
        request.check(3).map_err(|problem| problem.code)
    }

    fn message(role: &str, minute: u32) -> String {
        format!(r#"{{"role":"{role}","text":"Hello","timestamp":"2026-11-23T08:{minute:02}:00Z"}}"#)
    }

    #[test]
    fn one_text_has_defaults() {
        let request: SentimentRequest = serde_json::from_str(r#"{"text":"Hi"}"#).expect("a text");
        assert_eq!(request.language, LanguageChoice::Auto);
        assert_eq!((request.context, request.include_emotions), (SentimentContext::General, false));
        for json in [
            r#"{}"#,
            r#"{"text":null}"#,
            r#"{"text":"a","texts":["a"]}"#,
            r#"{"text":"a","include_emotions":1}"#,
            r#"{"text":"a","language":"e"}"#,
            r#"{"text":"a","context":"church"}"#,
        ] {
            assert!(serde_json::from_str::<SentimentRequest>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn many_texts_come_one_way() {
        let code = |json: &str| {
            let request: SentimentBatchRequest = serde_json::from_str(json).expect(json);
            request.check(2).err().map(|problem| problem.code)
        };
        assert_eq!(code(r#"{"texts":["a","b"]}"#), None);
        assert_eq!(code(r#"{"items":[{"id":"m1","text":"a","language":"pt"}]}"#), None);
        assert_eq!(code(r#"{"texts":["a","b","c"]}"#), Some(ErrorCode::BatchTooLarge));
        assert_eq!(code(r#"{"texts":[]}"#), Some(ErrorCode::InvalidField));
        for json in ["{}", r#"{"texts":null}"#, r#"{"texts":["a"],"items":[{"text":"a"}]}"#] {
            assert_eq!(code(json), Some(ErrorCode::MissingField), "{json}");
        }
        let list = r#"{"items":[[null,"a",null]]}"#;
        assert!(serde_json::from_str::<SentimentBatchRequest>(list).is_err());
    }

    #[test]
    fn a_conversation_is_in_order_and_has_who_counts() {
        let (first, second) = (message("agent", 1), message("customer", 2));
        assert_eq!(conversation(&format!(r#"{{"messages":[{first},{second}]}}"#)), Ok(()));
        for body in [
            format!(r#"{{"messages":[{second},{first}]}}"#),
            format!(r#"{{"messages":[{first}]}}"#),
            format!(r#"{{"messages":[{second}],"score_roles":["bot"]}}"#),
            format!(r#"{{"messages":[{second}],"score_roles":[]}}"#),
            format!(r#"{{"messages":[{second}],"score_roles":["customer","customer"]}}"#),
            r#"{"messages":[]}"#.to_string(),
        ] {
            assert_eq!(conversation(&body), Err(ErrorCode::InvalidField), "{body}");
        }
        let many = [second.as_str(); 4].join(",");
        let many = conversation(&format!(r#"{{"messages":[{many}]}}"#));
        assert_eq!(many, Err(ErrorCode::BatchTooLarge));
    }
}
