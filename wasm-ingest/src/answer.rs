//! Questions and answers of the service about contacts of the log.

use std::borrow::Cow;

use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::error::ErrorCode;
use chatsignal_api::lead::LeadRequest;
use chatsignal_api::prediction::{Explain, Features};
use chatsignal_api::send_time::OptimalTimeRequest;
use chatsignal_api::time::Instant;
use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::EngagementRaw;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::LocalTime;
use chatsignal_scoring::{
    self as scoring, Decision, Earlier, Row, Sending, Subject, Wanted, engagement_of_send,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::log::{EventLog, instant};
use crate::model::{AnswerModel, Scorer};
use crate::people::Person;
use crate::read::json;
use crate::zone::Zone;

/// A request whose events are passed over: the log has its own.
type Event = IgnoredAny;

/// Questions are JSON of the service's requests, with an id of the log.
#[wasm_bindgen]
impl EventLog {
    /// Scores a lead: the answer of `POST /api/v1/ml/models/lead-scoring/predict`. `explain` is
    /// `none`, `top` or `full`; `now_ms` is the instant where the request names none.
    ///
    /// # Errors
    /// Throws when the model is of another kind, the request breaks a rule, or the log does not
    /// know the contact.
    pub fn lead(
        &self,
        model: &AnswerModel,
        request: &str,
        explain: &str,
        now_ms: f64,
    ) -> Result<String, JsError> {
        let Scorer::Lead(scorer) = model.scorer() else {
            return Err(model.wrong_kind("lead").into());
        };
        let request: LeadRequest<Event> = parse(request)?;
        let about = About::new("lead_id", request.lead_id, request.as_of, now_ms)?
            .of_log(request.features.as_ref(), request.events.is_some())?;
        let explain = explain_of(explain)?.into();
        let mut answer = self.with_subject(&about, |subject| {
            scoring::lead(scorer, &subject, explain, model.origin(about.as_of))
        })?;
        answer.lead_id = Some(about.id);
        Ok(json(&answer)?)
    }

    /// Predicts churn: the answer of `POST /api/v1/ml/models/churn-prediction/predict`.
    ///
    /// # Errors
    /// As `lead`.
    pub fn churn(
        &self,
        model: &AnswerModel,
        request: &str,
        explain: &str,
        now_ms: f64,
    ) -> Result<String, JsError> {
        let Scorer::Churn(predictor) = model.scorer() else {
            return Err(model.wrong_kind("churn").into());
        };
        let request: ChurnRequest<Event> = parse(request)?;
        check_horizon(request.horizon_days, predictor.horizon_days())?;
        let about = About::new("customer_id", request.customer_id, request.as_of, now_ms)?
            .of_log(request.features.as_ref(), request.events.is_some())?;
        let explain = explain_of(explain)?.into();
        let mut answer = self.with_subject(&about, |subject| {
            scoring::churn(predictor, &subject, explain, model.origin(about.as_of))
        })?;
        answer.customer_id = Some(about.id);
        Ok(json(&answer)?)
    }

    /// The probability of a reply to one send: the answer of
    /// `POST /api/v1/ml/models/engagement-prediction/predict`.
    ///
    /// # Errors
    /// As `lead`.
    pub fn engagement(
        &self,
        model: &AnswerModel,
        request: &str,
        explain: &str,
        now_ms: f64,
    ) -> Result<String, JsError> {
        let Scorer::Engagement(predictor) = model.scorer() else {
            return Err(model.wrong_kind("engagement").into());
        };
        let request: EngagementRequest<Event> = parse(request)?;
        let sending = Sending::new(&request, instant(now_ms)?).map_err(Fault::field)?;
        let about = About::new("contact_id", request.contact_id, request.as_of, now_ms)?
            .of_log(request.features.as_ref(), request.events.is_some())?;
        let explain = explain_of(explain)?.into();
        let answer = self.with_subject(&about, |subject| {
            let candidate = sending.candidate(&subject, &self.time);
            let origin = model.origin(about.as_of);
            let id = about.id.clone();
            engagement_of_send(predictor, id, &subject, &candidate, explain, origin)
        })?;
        Ok(json(&answer)?)
    }

    /// The best hour to write: the answer of
    /// `POST /api/v1/ml/models/engagement-prediction/optimal-time`.
    ///
    /// # Errors
    /// As `lead`.
    #[wasm_bindgen(js_name = optimalTime)]
    pub fn optimal_time(
        &self,
        model: &AnswerModel,
        request: &str,
        explain: &str,
        now_ms: f64,
    ) -> Result<String, JsError> {
        let Scorer::Engagement(predictor) = model.scorer() else {
            return Err(model.wrong_kind("engagement").into());
        };
        let request: OptimalTimeRequest<Event> = parse(request)?;
        let decision = Decision::new(&request, instant(now_ms)?, self.rules, |name| {
            let zone = Zone::named(self.time.source(), name)?;
            Some(Box::new(zone) as Box<dyn LocalTime>)
        })
        .map_err(Fault::field)?;
        let about = About::new("contact_id", request.contact_id, request.as_of, now_ms)?
            .of_log(request.features.as_ref(), request.events.is_some())?;
        let explain = explain_of(explain)?.into();
        let answer = self.with_subject(&about, |subject| {
            let origin = model.origin(about.as_of);
            let id = Some(about.id.clone());
            decision.by_history(predictor, id, &subject, &self.time, explain, origin)
        })?;
        Ok(json(&answer)?)
    }

    /// Everything about one prediction: the answer of `POST /api/v1/models/{model}/explain`.
    /// `target` is a tier or level, the next better one without it.
    ///
    /// # Errors
    /// As `lead`, and when the target is no level of the kind.
    pub fn explain(
        &self,
        model: &AnswerModel,
        request: &str,
        target: Option<String>,
        interactions: bool,
        now_ms: f64,
    ) -> Result<String, JsError> {
        let wanted = Wanted { target, interactions };
        let answer = match model.scorer() {
            Scorer::Lead(scorer) => {
                let request: LeadRequest<Event> = parse(request)?;
                let about = About::new("lead_id", request.lead_id, request.as_of, now_ms)?
                    .of_log(request.features.as_ref(), request.events.is_some())?;
                self.with_subject(&about, |subject| {
                    let row = Row {
                        contact: Some(about.id.clone()),
                        features: scorer.features(&subject.state, subject.as_of),
                        consent: subject.state.consent(),
                    };
                    scoring::explain_lead(scorer, row, &wanted, model.origin(about.as_of))
                })?
            }
            Scorer::Churn(predictor) => {
                let request: ChurnRequest<Event> = parse(request)?;
                check_horizon(request.horizon_days, predictor.horizon_days())?;
                let about = About::new("customer_id", request.customer_id, request.as_of, now_ms)?
                    .of_log(request.features.as_ref(), request.events.is_some())?;
                self.with_subject(&about, |subject| {
                    let row = Row {
                        contact: Some(about.id.clone()),
                        features: predictor.features(&subject.state, subject.as_of),
                        consent: subject.state.consent(),
                    };
                    scoring::explain_churn(predictor, row, &wanted, model.origin(about.as_of))
                })?
            }
            Scorer::Engagement(predictor) => {
                let request: EngagementRequest<Event> = parse(request)?;
                let sending = Sending::new(&request, instant(now_ms)?).map_err(Fault::field)?;
                let about = About::new("contact_id", request.contact_id, request.as_of, now_ms)?
                    .of_log(request.features.as_ref(), request.events.is_some())?;
                self.with_subject(&about, |subject| {
                    let raw = EngagementRaw::extract(&subject.state, subject.as_of);
                    let candidate = sending.candidate(&subject, &self.time);
                    let row = Row {
                        contact: Some(about.id.clone()),
                        features: predictor.features(&raw, &candidate),
                        consent: subject.state.consent(),
                    };
                    scoring::explain_engagement(predictor, row, &wanted, model.origin(about.as_of))
                })?
            }
        };
        let answer = answer.map_err(|e| Fault::new(ErrorCode::InvalidParameter, e.to_string()))?;
        Ok(json(&answer)?)
    }
}

impl EventLog {
    /// Calls `then` with the contact as it was known at the instant.
    fn with_subject<T>(
        &self,
        about: &About,
        then: impl FnOnce(Subject<'_>) -> T,
    ) -> Result<T, Fault> {
        self.with_state(&about.id, about.as_of, |contact, person, state| {
            then(subject(contact, person, state, about.as_of))
        })
    }
}

fn subject<'a>(
    contact: ContactId,
    person: &'a Person,
    state: &'a ContactState,
    as_of: TimestampMs,
) -> Subject<'a> {
    Subject {
        contact,
        as_of,
        country: person.country,
        state: Cow::Borrowed(state),
        earlier: Earlier::Events(person.events()),
    }
}

/// The contact and the instant of a question.
struct About {
    id_field: &'static str,
    id: String,
    as_of: TimestampMs,
}

impl About {
    fn new(
        id_field: &'static str,
        id: Option<String>,
        as_of: Option<Instant>,
        now_ms: f64,
    ) -> Result<Self, Fault> {
        let missing = || Fault::new(ErrorCode::MissingField, format!("give {id_field}"));
        let as_of = as_of.map_or_else(|| instant(now_ms), |at| Ok(at.0))?;
        Ok(Self { id_field, id: id.ok_or_else(missing)?, as_of })
    }

    /// Refuses what belongs to a question without a log.
    fn of_log(self, features: Option<&Features>, events: bool) -> Result<Self, Fault> {
        if features.is_some() || events {
            let id = self.id_field;
            let rule = "a log answers about its own contacts: give no features and no events, only";
            return Err(Fault::field(format!("{rule} {id}")));
        }
        Ok(self)
    }
}

fn parse<T: DeserializeOwned>(request: &str) -> Result<T, Fault> {
    serde_json::from_str(request).map_err(|e| Fault::new(ErrorCode::InvalidJson, e.to_string()))
}

fn explain_of(name: &str) -> Result<Explain, Fault> {
    let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
    Explain::deserialize(name)
        .map_err(|e| Fault::new(ErrorCode::InvalidParameter, format!("explain: {e}")))
}

fn check_horizon(asked: Option<u32>, horizon: u32) -> Result<(), Fault> {
    if asked.is_none_or(|asked| asked == horizon) {
        return Ok(());
    }
    let detail = format!("the model in use looks {horizon} days ahead");
    Err(Fault::new(ErrorCode::HorizonMismatch, detail))
}
