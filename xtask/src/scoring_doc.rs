//! docs/SCORING.md, printed from the rules in `chatsignal-core`.

use std::fmt::Write as _;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::recommend::{NEXT_ACTION_RULES, RETENTION_RULES, Rule, Test};
use chatsignal_core::score::Cutoffs;
use chatsignal_core::score::send_time::{Block, FrequencyCap, QuietHours, SendRules};

/// The whole page.
pub fn scoring_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    levels(&mut page);
    page.push_str(SCORES);
    page.push_str(SEND_TIME);
    send_rules(&mut page);
    page.push_str(POLICIES);
    page.push_str(RULES);
    page.push_str("\n### Next action for a lead\n");
    table(&mut page, NEXT_ACTION_RULES);
    page.push_str("\n### Retention of a customer\n");
    table(&mut page, RETENTION_RULES);
    page.push_str(REGISTRY);
    page
}

fn levels(page: &mut String) {
    let cutoffs = |kind| {
        let all: Vec<String> = Cutoffs::default_of(kind).iter().map(f64::to_string).collect();
        all.join(" / ")
    };
    let _ = write!(
        page,
        "| answer | levels, highest first | default cut-offs |\n|---|---|---|\n\
         | lead score, 0 to 100 | hot, warm, cold, unqualified | {} |\n\
         | churn probability | critical, high, medium, low | {} |\n\
         | engagement, multiple of the base rate | high, medium, low | {} |\n",
        cutoffs(ModelKind::Lead),
        cutoffs(ModelKind::Churn),
        cutoffs(ModelKind::Engagement)
    );
}

fn send_rules(page: &mut String) {
    let names: Vec<String> = Block::ALL.iter().map(|b| format!("`{}`", b.as_str())).collect();
    let rules = SendRules::default();
    let cap = FrequencyCap::default();
    let hour = |minutes: u16| minutes / 60;
    let _ = write!(
        page,
        "\nReasons, in the order in which they are told: {}.\n\n\
         Defaults: marketing at most every {} h and {} times in 7 days; {} h of cool-down after \
         error 131049; allowed hours of the careful rule {}-{}, of the United States {}-{}, of \
         Texas {}-{} and on Sundays {}-{} (engineering defaults, not legal advice).\n",
        names.join(", "),
        cap.gap_h,
        cap.sends_7d_max,
        rules.cool_down_h,
        hour(QuietHours::CAREFUL.allowed.from),
        hour(QuietHours::CAREFUL.allowed.until),
        hour(QuietHours::UNITED_STATES.allowed.from),
        hour(QuietHours::UNITED_STATES.allowed.until),
        hour(QuietHours::TEXAS.allowed.from),
        hour(QuietHours::TEXAS.allowed.until),
        hour(QuietHours::TEXAS.allowed_sunday.from),
        hour(QuietHours::TEXAS.allowed_sunday.until)
    );
}

fn table(page: &mut String, rules: &[Rule]) {
    page.push_str(
        "\n| action | in words | channel | tiers | when | features | urgency |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for rule in rules {
        let tiers: Vec<&str> = rule.tiers.iter().map(|tier| tier.as_str()).collect();
        let conditions: Vec<String> = rule
            .conditions
            .iter()
            .map(|condition| match condition.test {
                Test::AtLeast(limit) => format!("`{}` >= {limit}", condition.feature),
                Test::AtMost(limit) => format!("`{}` <= {limit}", condition.feature),
            })
            .collect();
        let features: Vec<String> =
            rule.triggers.iter().map(|feature| format!("`{feature}`")).collect();
        let or = |list: String, none: &str| if list.is_empty() { none.to_owned() } else { list };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            rule.action.as_str(),
            rule.action.title(),
            rule.channel.as_str(),
            or(tiers.join(", "), "any"),
            or(conditions.join(", "), "always"),
            features.join(", "),
            rule.urgency
        );
    }
}

const INTRODUCTION: &str = "\
# Scores, send times, recommendations

Printed from the code by `cargo xtask docs`; a test holds it.

## Levels

A level is how many of the falling cut-offs a value reaches, so that a higher value is never a lower
level. The cut-offs stand in the model file; these are the defaults. A team may set its own
(`chatsignal settings set lead_cutoffs 80,60,30`, or the settings of docs/API.md), which then hold
for every model of the kind.

";

const SCORES: &str = "
## What an answer carries

- **Consent.** Who has objected to direct marketing gets no lead and no engagement score
  (`suppressed: objected`), until they opt in again. An opt-out or a suspected block stops marketing
  messages, not scores. Churn risk is computed for all; what is recommended is held to consent.
- **Interval** (lead): the score less and plus the model's conformal quantiles, inside 0 to 100.
- **Confidence**: share of features with a value x 1 (ready), 0.8 (provisional) or 0.5 (prior model)
  x one minus half the interval's width over the scale. A convention for sorting; the statistics are
  in the interval and on the model's card.
- **Trend** (lead): against the previous score; less than 2 points is stable. On the command line the
  previous score is the one that what was known a week before gives.
- **Value at risk** (churn): probability x what was paid, less refunds, in the last 365 days.
- **Reasons**: `base_value` plus the contributions of all features is `margin`, the output of the
  model before link and calibration. `contribution_space` names the unit: `score`, `probability`,
  `log_odds` or `margin`. Sentences come from closed templates; no text of a contact enters them.
- **Counterfactual**: the smallest change, of features that a business can act on and in the way
  that is better for it, that gives the next tier or the next lower level: single changes first, then
  pairs, then up to five; counted in the share of the model's own thresholds that are crossed, plus a
  quarter for each feature. Verified by scoring again; `reachable: false` when none was found. It
  speaks about the model, not about what a contact would do.
";

const SEND_TIME: &str = "
## When to write

Every hour has the model's probability of a reply and its 90 % interval: a logit-normal with the
standard deviation of a share seen in n sends, n = 20 plus the contact's own sends near that hour
(the hour itself counts half, its neighbours a quarter). Blocked hours keep their probability and say
every reason. Quiet hours hold for marketing and utility messages; cool-down, cap, consent and the
United States rule for marketing; an unsure clock widens quiet hours by its margin.
";

const POLICIES: &str = "
Policies: `greedy` takes the best allowed hour (propensity 1; equal ones: the earlier). `epsilon`
takes any allowed hour with probability epsilon, else the best; its propensities are exact.
`thompson` draws once from every hour's posterior and takes the greatest; its propensity is the
integral over the hour's density of the product of the other hours' distribution functions
(trapezoid rule, steps of 1/16 within 7 standard deviations; the propensities of all hours add up to
1 within 1e-8). Draws come from SplitMix64 by the caller's seed.
";

const RULES: &str = "
## Recommendations

All rules that apply are ranked by urgency plus 100 times the share of the score that their features
carry in the explanation (for customers, of what raises the risk); equal ranks keep the order of the
table. What consent forbids comes last and says `allowed: false`. The reason is the sentence of the
feature that weighs most. `estimated_effect` is null until a holdout has shown one.
";

const REGISTRY: &str = "
## Model registry

`<database>.models/<tenant>/<kind>/` holds `versions/<number>-<sha256 of the model>/` (model.csm,
manifest.json, card and plots), `aliases.json` (champion, challenger, previous), `staging/` and
`lock`. A version is written to `staging`, each file and the folder synced, and renamed into place: it
is there whole or not at all, and never changes. Equal bytes are one version. The aliases are
replaced whole by the same steps. Manifest and aliases carry a SHA-256 of their content, the manifest
one of every file. Opening the registry empties `staging`, unless another process holds the lock. A
damaged champion falls back to the previous one, then to the shipped model, with a warning.
";
