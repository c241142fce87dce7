//! What the tenant's data say about a contact of whom little is known: frozen in the model file.

use core::convert::Infallible;

use super::bg_nbd::BgNbd;
use super::opening::{OpeningHours, Weekdays};
use crate::event::Currency;
use crate::wire::{Reader, WireError, WireReason, Writer};

/// Rates that lead features are shrunk to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeadPriors {
    /// Outbound turns answered within 24 h.
    pub reply_rate: f64,
    /// Inbound that is voice, media or location.
    pub rich_share: f64,
    /// Scored inbound that is negative.
    pub negative_share: f64,
    /// Campaign sends read.
    pub campaign_read_rate: f64,
    /// Campaign sends engaged with.
    pub campaign_reply_rate: f64,
}

impl Default for LeadPriors {
    /// Stated guesses for a tenant without data, no measurements: 0.3, 0.15, 0.1, 0.6, 0.1.
    fn default() -> Self {
        Self {
            reply_rate: 0.3,
            rich_share: 0.15,
            negative_share: 0.1,
            campaign_read_rate: 0.6,
            campaign_reply_rate: 0.1,
        }
    }
}

/// Rates that churn features are shrunk to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChurnPriors {
    /// Campaign sends read.
    pub campaign_read_rate: f64,
    /// Campaign sends engaged with.
    pub campaign_reply_rate: f64,
    /// Inbound scored for emotions that is angry or disgusted.
    pub anger_disgust_share: f64,
    /// Reopenings per resolution.
    pub reopened_share: f64,
}

impl Default for ChurnPriors {
    /// Stated guesses for a tenant without data, no measurements: 0.6, 0.1, 0.05, 0.1.
    fn default() -> Self {
        Self {
            campaign_read_rate: 0.6,
            campaign_reply_rate: 0.1,
            anger_disgust_share: 0.05,
            reopened_share: 0.1,
        }
    }
}

/// Rates and means that engagement features are shrunk to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngagementPriors {
    /// Sends answered within 24 h.
    pub reply_rate: f64,
    /// Sends read.
    pub read_rate: f64,
    /// Sends clicked within 24 h.
    pub click_rate: f64,
    /// Share of all inbound that falls into each local hour; they sum to 1.
    pub inbound_share_by_hour: [f64; 24],
    /// Rate of engagement by local hour, on working days and on the weekend.
    pub engage_rate_by_hour: [[f64; 24]; 2],
    /// Rate of engagement by local weekday, from Monday.
    pub engage_rate_by_weekday: [f64; 7],
    /// Rate of engagement by format: text, media, buttons.
    pub engage_rate_by_format: [f64; 3],
    /// Mean of ln(1 + characters) of a send.
    pub message_chars_ln: f64,
}

impl Default for EngagementPriors {
    /// Stated guesses for a tenant without data, no measurements: 0.1 for every rate of
    /// engagement, 0.6 for reading, 0.05 for clicks, even hours, messages of 120 characters.
    fn default() -> Self {
        Self {
            reply_rate: 0.1,
            read_rate: 0.6,
            click_rate: 0.05,
            inbound_share_by_hour: [1.0 / 24.0; 24],
            engage_rate_by_hour: [[0.1; 24]; 2],
            engage_rate_by_weekday: [0.1; 7],
            engage_rate_by_format: [0.1; 3],
            message_chars_ln: 4.795_790_545_596_741,
        }
    }
}

/// Priors and tenant facts that turn raw feature amounts into a vector.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FeatureContext {
    /// For lead features.
    pub lead: LeadPriors,
    /// For churn features.
    pub churn: ChurnPriors,
    /// For engagement features.
    pub engagement: EngagementPriors,
    /// The tenant's currency and its median order value in ten-thousandths of the main unit
    /// (above zero). Without it, money features are those of a contact without purchases.
    pub order: Option<(Currency, i64)>,
    /// The model of purchases.
    pub bg_nbd: BgNbd,
    /// The tenant's weekend.
    pub weekend: Weekdays,
    /// The tenant's opening hours, where set.
    pub opening: Option<OpeningHours>,
}

impl FeatureContext {
    /// Appends the context to an artifact.
    pub fn encode(&self, writer: &mut Writer) {
        let mut rates = *self;
        // Writing cannot fail.
        let _ = rates.each_rate::<Infallible>(&mut |rate| {
            writer.f64(*rate);
            Ok(())
        });
        for value in [self.engagement.message_chars_ln, self.bg_nbd.r, self.bg_nbd.alpha] {
            writer.f64(value);
        }
        for value in [self.bg_nbd.a, self.bg_nbd.b] {
            writer.f64(value);
        }
        writer.bool(self.order.is_some());
        if let Some((currency, median)) = self.order {
            writer.raw(currency.as_str().as_bytes());
            writer.i64(median);
        }
        writer.u8(self.weekend.bits());
        writer.bool(self.opening.is_some());
        if let Some(hours) = self.opening {
            for (open, close) in hours.days() {
                writer.u16(open);
                writer.u16(close);
            }
        }
    }

    /// Reads a context and checks it: rates in `[0, 1]`, parameters above zero, minutes in a day.
    ///
    /// # Errors
    /// When the input ends too early or a value is out of range.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut context = Self::default();
        context.each_rate(&mut |rate| {
            *rate = reader.finite("rate of the feature context")?;
            if (0.0..=1.0).contains(rate) {
                return Ok(());
            }
            Err(reader.error("rate of the feature context", WireReason::Invalid))
        })?;
        let mut number = |what| reader.finite(what);
        context.engagement.message_chars_ln = number("mean message length")?;
        context.bg_nbd = BgNbd {
            r: number("BG/NBD r")?,
            alpha: number("BG/NBD alpha")?,
            a: number("BG/NBD a")?,
            b: number("BG/NBD b")?,
        };
        if !context.bg_nbd.is_valid() || context.engagement.message_chars_ln < 0.0 {
            return Err(reader.error("feature context", WireReason::Invalid));
        }
        if reader.bool("whether there is a currency")? {
            let code = core::str::from_utf8(reader.raw(3, "currency")?).unwrap_or("");
            let median = reader.i64("median order value")?;
            match Currency::new(code) {
                Ok(currency) if currency.as_str() == code && median > 0 => {
                    context.order = Some((currency, median));
                }
                _ => return Err(reader.error("order value", WireReason::Invalid)),
            }
        }
        context.weekend = Weekdays::from_bits(reader.u8("weekend")?)
            .ok_or_else(|| reader.error("weekend", WireReason::Invalid))?;
        if reader.bool("whether there are opening hours")? {
            let mut days = [(0, 0); 7];
            for (open, close) in &mut days {
                *open = reader.u16("opening minute")?;
                *close = reader.u16("closing minute")?;
            }
            let hours = OpeningHours::new(days)
                .map_err(|_| reader.error("opening hours", WireReason::Invalid))?;
            context.opening = Some(hours);
        }
        Ok(context)
    }
}

impl FeatureContext {
    /// Goes through every rate, in the order of the encoding.
    #[inline(never)]
    fn each_rate<E>(&mut self, see: &mut dyn FnMut(&mut f64) -> Result<(), E>) -> Result<(), E> {
        let (lead, churn, engagement) = (&mut self.lead, &mut self.churn, &mut self.engagement);
        let single = [
            &mut lead.reply_rate,
            &mut lead.rich_share,
            &mut lead.negative_share,
            &mut lead.campaign_read_rate,
            &mut lead.campaign_reply_rate,
            &mut churn.campaign_read_rate,
            &mut churn.campaign_reply_rate,
            &mut churn.anger_disgust_share,
            &mut churn.reopened_share,
            &mut engagement.reply_rate,
            &mut engagement.read_rate,
            &mut engagement.click_rate,
        ];
        for rate in single {
            see(rate)?;
        }
        let [working, weekend] = &mut engagement.engage_rate_by_hour;
        let tables: [&mut [f64]; 5] = [
            &mut engagement.inbound_share_by_hour,
            working,
            weekend,
            &mut engagement.engage_rate_by_weekday,
            &mut engagement.engage_rate_by_format,
        ];
        for table in tables {
            table.iter_mut().try_for_each(&mut *see)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(context: &FeatureContext) -> FeatureContext {
        let mut writer = Writer::new();
        context.encode(&mut writer);
        let mut reader = Reader::new(&writer.bytes);
        let back = FeatureContext::decode(&mut reader).expect("decodes");
        reader.finish("context").expect("nothing left over");
        back
    }

    #[test]
    fn encoding_round_trips() {
        let mut context = FeatureContext::default();
        assert_eq!(round_trip(&context), context);
        let mut next = 0.0;
        let _ = context.each_rate::<Infallible>(&mut |rate| {
            *rate = next;
            next += 0.01;
            Ok(())
        });
        context.order = Currency::new("EUR").ok().map(|eur| (eur, 117_700));
        context.opening = OpeningHours::new([(540, 1_080); 7]).ok();
        assert_eq!(round_trip(&context), context);
    }

    #[test]
    fn decoding_refuses_what_is_out_of_range() {
        for (bad, at) in [(f64::NAN, 0), (1.5, 0), (-0.1, 8 * 12), (0.0, 8 * 95)] {
            let mut writer = Writer::new();
            FeatureContext::default().encode(&mut writer);
            writer.bytes[at..at + 8].copy_from_slice(&bad.to_le_bytes());
            assert!(FeatureContext::decode(&mut Reader::new(&writer.bytes)).is_err(), "{bad}");
            let cut = &writer.bytes[..at];
            assert!(FeatureContext::decode(&mut Reader::new(cut)).is_err());
        }
    }
}
