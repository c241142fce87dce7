//! Small plots as SVG text: readable by people, by screen readers (title and description) and by a
//! diff. The bytes depend on the numbers alone.

use std::fmt::Write;

use crate::evaluation::{Importance, ReliabilityBin};

const WIDTH: f64 = 480.0;
const MARGIN: f64 = 44.0;
const INK: &str = "#1f2933";
const MUTED: &str = "#9aa5b1";
const ACCENT: &str = "#2563eb";

/// Opens a picture of the given height with its text for screen readers.
fn open(height: f64, title: &str, description: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"t d\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\" \
         fill=\"{INK}\">\n<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(title),
        escape(description),
    )
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escape(words)
    );
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, dash: &str) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"{dash}/>",
        from.0, from.1, to.0, to.1
    );
}

/// Predicted against observed probability, ten bins of equal mass, with 95 % intervals.
pub(super) fn reliability(title: &str, bins: &[ReliabilityBin]) -> String {
    let height = WIDTH;
    let side = WIDTH - 2.0 * MARGIN;
    let at = |p: f64, q: f64| (MARGIN + side * p, height - MARGIN - side * q);
    let points: Vec<String> = bins
        .iter()
        .map(|b| {
            format!("predicted {:.3}, observed {:.3} ({} rows)", b.predicted, b.observed, b.rows)
        })
        .collect();
    let mut out = open(height, title, &points.join("; "));
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        line(&mut out, at(share, 0.0), at(share, 1.0), "#e4e7eb", "");
        line(&mut out, at(0.0, share), at(1.0, share), "#e4e7eb", "");
        text(&mut out, at(share, 0.0).0, height - MARGIN + 16.0, "middle", &format!("{share:.2}"));
        text(&mut out, MARGIN - 6.0, at(0.0, share).1 + 4.0, "end", &format!("{share:.2}"));
    }
    line(&mut out, at(0.0, 0.0), at(1.0, 1.0), MUTED, " stroke-dasharray=\"4 4\"");
    for bin in bins {
        let (x, y) = at(bin.predicted, bin.observed);
        line(&mut out, at(bin.predicted, bin.low), at(bin.predicted, bin.high), ACCENT, "");
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{ACCENT}\"/>");
    }
    text(&mut out, WIDTH / 2.0, height - 6.0, "middle", "predicted");
    text(&mut out, 6.0, 16.0, "start", "observed");
    out + "</svg>\n"
}

/// Horizontal bars, heaviest first.
pub(super) fn importance(title: &str, features: &[Importance]) -> String {
    let row = 22.0;
    let height = 24.0 + row * features.len() as f64;
    let most = features.iter().map(|f| f.mean_abs_shap).fold(f64::MIN_POSITIVE, f64::max);
    let words: Vec<String> =
        features.iter().map(|f| format!("{} {:.4}", f.feature, f.mean_abs_shap)).collect();
    let mut out = open(height, title, &words.join("; "));
    for (i, feature) in features.iter().enumerate() {
        let y = 12.0 + row * i as f64;
        let width = 220.0 * feature.mean_abs_shap / most;
        text(&mut out, 200.0, y + 14.0, "end", &feature.feature);
        let _ = writeln!(
            out,
            "<rect x=\"206\" y=\"{:.1}\" width=\"{width:.1}\" height=\"14\" fill=\"{ACCENT}\"/>",
            y + 3.0
        );
        text(&mut out, 212.0 + width, y + 14.0, "start", &format!("{:.3}", feature.mean_abs_shap));
    }
    out + "</svg>\n"
}

/// Mean predicted reply probability by local hour.
pub(super) fn hours(title: &str, profile: &[f64]) -> String {
    let height = 220.0;
    let most = profile.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let words: Vec<String> =
        profile.iter().enumerate().map(|(hour, p)| format!("{hour:02} h {p:.4}")).collect();
    let mut out = open(height, title, &words.join("; "));
    let width = (WIDTH - 2.0 * MARGIN) / profile.len().max(1) as f64;
    for (hour, p) in profile.iter().enumerate() {
        let bar = 150.0 * p / most;
        let x = MARGIN + width * hour as f64;
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{bar:.1}\" fill=\"{ACCENT}\"/>",
            x + 1.0,
            180.0 - bar,
            width - 2.0
        );
        if hour % 3 == 0 {
            text(&mut out, x + width / 2.0, 196.0, "middle", &format!("{hour}"));
        }
    }
    text(&mut out, MARGIN, 20.0, "start", &format!("highest {most:.3}"));
    text(&mut out, WIDTH / 2.0, 214.0, "middle", "local hour");
    out + "</svg>\n"
}

/// Text that cannot open a tag.
fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_carry_their_numbers_as_text() {
        let bin = ReliabilityBin { rows: 70, predicted: 0.25, observed: 0.3, low: 0.2, high: 0.41 };
        let plot = reliability("Churn <b>", &[bin]);
        assert!(plot.contains("predicted 0.250, observed 0.300 (70 rows)"));
        assert!(plot.contains("Churn &lt;b&gt;") && !plot.contains("<b>"));
        let bars = importance(
            "x",
            &[Importance { feature: "f".to_owned(), mean_abs_shap: 2.0, permutation: None }],
        );
        assert!(bars.contains("width=\"220.0\""));
        assert_eq!(hours("x", &[0.1; 24]).matches("<rect").count(), 25);
    }
}
