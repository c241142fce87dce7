//! Halves of the day (AM and PM) as phones write them.

use alloc::string::String;

/// A half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Midnight to noon.
    Morning,
    /// Noon to midnight.
    Afternoon,
    /// Around noon: hours 12, 1 and 2 are after it, 11 is before.
    Noon,
    /// A mark that we don't know.
    Unknown,
}

/// Marks in lower case without points, spaces and quotes: CLDR's abbreviations and what the app
/// itself writes.
const MARKS: &[(&str, Half)] = &[
    ("am", Half::Morning),
    ("pm", Half::Afternoon),
    // Spanish, Catalan
    ("delamañana", Half::Morning),
    ("delatarde", Half::Afternoon),
    ("delanoche", Half::Afternoon),
    // Portuguese
    ("damanhã", Half::Morning),
    ("datarde", Half::Afternoon),
    ("danoite", Half::Afternoon),
    // Arabic
    ("ص", Half::Morning),
    ("م", Half::Afternoon),
    ("صباحًا", Half::Morning),
    ("صباحا", Half::Morning),
    ("مساءً", Half::Afternoon),
    ("مساء", Half::Afternoon),
    // Persian
    ("قظ", Half::Morning),
    ("بظ", Half::Afternoon),
    // Hebrew
    ("לפנהצ", Half::Morning),
    ("אחהצ", Half::Afternoon),
    // Hindi, Marathi, Punjabi, Tamil, Bengali
    ("पूर्वाह्न", Half::Morning),
    ("अपराह्न", Half::Afternoon),
    ("मपू", Half::Morning),
    ("मउ", Half::Afternoon),
    ("ਪੂਦੁ", Half::Morning),
    ("ਬਾਦੁ", Half::Afternoon),
    ("முற்பகல்", Half::Morning),
    ("பிற்பகல்", Half::Afternoon),
    ("পূর্বাহ্ণ", Half::Morning),
    ("অপরাহ্ণ", Half::Afternoon),
    // Chinese
    ("凌晨", Half::Morning),
    ("清晨", Half::Morning),
    ("早上", Half::Morning),
    ("上午", Half::Morning),
    ("中午", Half::Noon),
    ("下午", Half::Afternoon),
    ("傍晚", Half::Afternoon),
    ("晚上", Half::Afternoon),
    // Japanese
    ("午前", Half::Morning),
    ("午後", Half::Afternoon),
    // Korean
    ("오전", Half::Morning),
    ("오후", Half::Afternoon),
    // Turkish
    ("öö", Half::Morning),
    ("ös", Half::Afternoon),
    // Czech, Slovak
    ("dop", Half::Morning),
    ("odp", Half::Afternoon),
    // Hungarian
    ("de", Half::Morning),
    ("du", Half::Afternoon),
    // Greek
    ("πμ", Half::Morning),
    ("μμ", Half::Afternoon),
    // Russian, Ukrainian, Bulgarian
    ("дп", Half::Morning),
    ("пп", Half::Afternoon),
    ("утра", Half::Morning),
    ("вечера", Half::Afternoon),
    ("дня", Half::Afternoon),
    ("ночи", Half::Morning),
    ("проб", Half::Morning),
    ("слоб", Half::Afternoon),
    // Vietnamese, Thai, Malay
    ("sa", Half::Morning),
    ("ch", Half::Afternoon),
    ("ก่อนเที่ยง", Half::Morning),
    ("หลังเที่ยง", Half::Afternoon),
    ("pg", Half::Morning),
    ("ptg", Half::Afternoon),
    // Finnish, Swedish, Norwegian, Danish
    ("ap", Half::Morning),
    ("ip", Half::Afternoon),
    ("fm", Half::Morning),
    ("em", Half::Afternoon),
    // Albanian, Lithuanian, Latvian
    ("pd", Half::Morning),
    ("md", Half::Afternoon),
    ("priešpiet", Half::Morning),
    ("popiet", Half::Afternoon),
    ("priekšp", Half::Morning),
    ("pēcp", Half::Afternoon),
];

/// The half that a mark stands for; `None` when there is no mark at all.
pub(super) fn half_of(mark: &str) -> Option<Half> {
    let plain: String = mark
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '"' | '\'' | '״' | '׳' | '\u{2019}'))
        .flat_map(char::to_lowercase)
        .collect();
    if plain.is_empty() {
        return None;
    }
    // Lower case of the Turkish capital `İ` and the like may carry a combining point.
    let found = MARKS.iter().find(|(text, _)| *text == plain).map(|(_, half)| *half);
    Some(found.unwrap_or(Half::Unknown))
}

/// The half whose mark stands in front of a time (`下午3:45`), and what follows.
pub(super) fn half_before(text: &str) -> Option<(Half, &str)> {
    let end = text.find(|c: char| c.is_ascii_digit())?;
    let (mark, rest) = text.split_at_checked(end)?;
    match half_of(mark)? {
        Half::Unknown => None,
        half => Some((half, rest)),
    }
}

/// Hour from 0 to 23. Hours above 12 need no mark and are left as they are.
pub(super) fn hour_of(hour: u8, half: Option<Half>) -> u8 {
    match half {
        Some(Half::Morning) if hour == 12 => 0,
        Some(Half::Afternoon) if hour < 12 => hour + 12,
        Some(Half::Noon) if hour < 3 => hour + 12,
        _ => hour,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_many_languages() {
        for (mark, half) in [
            ("AM", Half::Morning),
            ("a. m.", Half::Morning),
            ("p.\u{a0}m.", Half::Afternoon),
            ("م", Half::Afternoon),
            ("ÖS", Half::Afternoon),
            ("ÖÖ", Half::Morning),
            ("odp.", Half::Afternoon),
            ("μ.μ.", Half::Afternoon),
            ("अपराह्न", Half::Afternoon),
            ("לפנה״צ", Half::Morning),
            ("qq", Half::Unknown),
        ] {
            assert_eq!(half_of(mark), Some(half), "{mark}");
        }
        assert_eq!(half_of(" "), None);
        assert_eq!(half_before("下午3:45"), Some((Half::Afternoon, "3:45")));
        assert_eq!(half_before("오전 3:45"), Some((Half::Morning, "3:45")));
        assert_eq!(half_before("3:45"), None);
        let mut all: std::vec::Vec<_> = MARKS.iter().map(|(mark, _)| *mark).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn twelve_is_the_first_hour_of_a_half() {
        assert_eq!(hour_of(12, Some(Half::Morning)), 0);
        assert_eq!(hour_of(12, Some(Half::Afternoon)), 12);
        assert_eq!(hour_of(1, Some(Half::Afternoon)), 13);
        assert_eq!(hour_of(13, Some(Half::Afternoon)), 13);
        assert_eq!(hour_of(11, Some(Half::Noon)), 11);
        assert_eq!(hour_of(1, Some(Half::Noon)), 13);
    }
}
