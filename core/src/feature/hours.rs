//! Hours and weekdays on the circle. The tables are the correctly rounded values, so that no
//! target computes a sine.

use core::f64::consts::FRAC_1_SQRT_2;

const SIN_HOUR: [f64; 24] = [
    0.0,
    0.25881904510252074,
    0.5,
    FRAC_1_SQRT_2,
    0.8660254037844386,
    0.9659258262890683,
    1.0,
    0.9659258262890683,
    0.8660254037844386,
    FRAC_1_SQRT_2,
    0.5,
    0.25881904510252074,
    0.0,
    -0.25881904510252074,
    -0.5,
    -FRAC_1_SQRT_2,
    -0.8660254037844386,
    -0.9659258262890683,
    -1.0,
    -0.9659258262890683,
    -0.8660254037844386,
    -FRAC_1_SQRT_2,
    -0.5,
    -0.25881904510252074,
];
const SIN_DAY: [f64; 7] = [
    0.0,
    0.7818314824680298,
    0.9749279121818236,
    0.4338837391175581,
    -0.4338837391175581,
    -0.9749279121818236,
    -0.7818314824680298,
];
const COS_DAY: [f64; 7] = [
    1.0,
    0.6234898018587335,
    -0.2225209339563144,
    -0.9009688679024191,
    -0.9009688679024191,
    -0.2225209339563144,
    0.6234898018587335,
];

/// (sin, cos) of 2 pi hour / 24; hours wrap around.
pub(crate) fn hour_sin_cos(hour: u8) -> (f64, f64) {
    let hour = usize::from(hour);
    (SIN_HOUR[hour % 24], SIN_HOUR[(hour + 6) % 24])
}

/// (sin, cos) of 2 pi weekday / 7; weekdays wrap around.
pub(crate) fn weekday_sin_cos(weekday: u8) -> (f64, f64) {
    let day = usize::from(weekday) % 7;
    (SIN_DAY[day], COS_DAY[day])
}

/// `counts` at hours h-1, h and h+1 around the clock, weighted 1/4, 1/2 and 1/4. Exact.
pub(crate) fn smoothed(counts: &[u32; 24], hour: u8) -> f64 {
    let at = |offset: usize| u64::from(counts[(usize::from(hour) + offset) % 24]);
    (at(23) + 2 * at(0) + at(1)) as f64 / 4.0
}

/// The same weights on shares.
pub(crate) fn smoothed_share(shares: &[f64; 24], hour: u8) -> f64 {
    let at = |offset: usize| shares[(usize::from(hour) + offset) % 24];
    0.25 * at(23) + 0.5 * at(0) + 0.25 * at(1)
}

/// The hour with the largest count, the lowest of equals; `None` when all are zero.
pub(crate) fn modal_hour(counts: &[u32; 24]) -> Option<u8> {
    let mut best = (0u32, None);
    for (hour, count) in (0u8..).zip(counts) {
        if *count > best.0 {
            best = (*count, Some(hour));
        }
    }
    best.1
}

/// Hours between two hours around the clock, 0 to 12.
pub(crate) fn circular_distance(a: u8, b: u8) -> u8 {
    let apart = a.abs_diff(b) % 24;
    apart.min(24 - apart)
}

/// Length of the mean resultant vector of hours, 0 (even) to 1 (all at one hour); 0 with fewer
/// than five.
pub(crate) fn concentration(counts: &[u32; 24]) -> f64 {
    let total: u64 = counts.iter().map(|c| u64::from(*c)).sum();
    if total < 5 {
        return 0.0;
    }
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (hour, count) in (0u8..).zip(counts) {
        let (s, c) = hour_sin_cos(hour);
        sine += f64::from(*count) * s;
        cosine += f64::from(*count) * c;
    }
    crate::num::sqrt(sine * sine + cosine * cosine) / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sines_and_cosines() {
        for hour in 0..24u8 {
            let angle = core::f64::consts::TAU * f64::from(hour) / 24.0;
            let (s, c) = hour_sin_cos(hour);
            assert!((s - libm::sin(angle)).abs() < 1e-15 && (c - libm::cos(angle)).abs() < 1e-15);
        }
        for day in 0..7u8 {
            let angle = core::f64::consts::TAU * f64::from(day) / 7.0;
            let (s, c) = weekday_sin_cos(day);
            assert!((s - libm::sin(angle)).abs() < 1e-15 && (c - libm::cos(angle)).abs() < 1e-15);
        }
    }

    #[test]
    fn the_clock_is_a_circle() {
        assert_eq!(circular_distance(23, 1), 2);
        assert_eq!(circular_distance(0, 12), 12);
        let mut counts = [0; 24];
        counts[23] = 4;
        counts[3] = 4;
        assert_eq!(smoothed(&counts, 0), 1.0);
        assert_eq!(modal_hour(&counts), Some(3));
        assert_eq!(modal_hour(&[0; 24]), None);
        assert!(concentration(&[1; 24]) < 1e-15);
        counts[3] = 0;
        assert_eq!(concentration(&counts), 0.0);
        counts[23] = 5;
        assert!((concentration(&counts) - 1.0).abs() < 1e-15);
    }
}
