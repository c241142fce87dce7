//! The `logf` of glibc since 2.27: XGBoost takes the logarithm of its base score with it.
//!
//! Algorithm and constants: ARM optimized routines, `logf` (MIT): x = 2^k z with z near 1, c near
//! the middle of one of 16 parts, ln x = k ln 2 + ln c + ln(z/c), the last by a polynomial in f64.
//! Its error is up to 0.82 ulp, so that one f32 in 5,000 is not the correctly rounded one.

/// 1/c and ln c of each part, as the bits of f64.
const PARTS: [(u64, u64); 16] = [
    (0x3ff6_61ec_79f8_f3be, 0xbfd5_7bf7_808c_aade),
    (0x3ff5_71ed_4aaf_883d, 0xbfd2_bef0_a7c0_6ddb),
    (0x3ff4_9539_f0f0_10b0, 0xbfd0_1eae_7f51_3a67),
    (0x3ff3_c995_b0b8_0385, 0xbfcb_31d8_a682_24e9),
    (0x3ff3_0d19_0c88_64a5, 0xbfc6_574f_0ac0_7758),
    (0x3ff2_5e22_7b0b_8ea0, 0xbfc1_aa2b_c79c_8100),
    (0x3ff1_bb4a_4a1a_343f, 0xbfba_4e76_ce8c_0e5e),
    (0x3ff1_2358_f08a_e5ba, 0xbfb1_973c_5a61_1ccc),
    (0x3ff0_953f_4199_00a7, 0xbfa2_52f4_38e1_0c1e),
    (0x3ff0_0000_0000_0000, 0x0000_0000_0000_0000),
    (0x3fee_608c_fd9a_47ac, 0x3faa_a5aa_5df2_5984),
    (0x3fec_a4b3_1f02_6aa0, 0x3fbc_5e53_aa36_2eb4),
    (0x3feb_2036_576a_fce6, 0x3fc5_26e5_7720_db08),
    (0x3fe9_c2d1_63a1_aa2d, 0x3fcb_c286_0d22_4770),
    (0x3fe8_86e6_0378_41ed, 0x3fd1_058b_c8a0_7ee1),
    (0x3fe7_67dc_f553_4862, 0x3fd4_0430_57b6_ee09),
];

/// ln(1 + r) - r, divided by r^2: from the highest power down, as the bits of f64.
const POLYNOMIAL: [u64; 3] = [0xbfd0_0ea3_48b8_8334, 0x3fd5_575b_0be0_0b6a, 0xbfdf_fffe_f20a_4123];

/// Bits of the f32 where the parts begin: 0.699.
const BEGIN: u32 = 0x3f33_0000;

/// The natural logarithm of a positive finite number, with the bits of glibc.
pub(super) fn logf(x: f32) -> f32 {
    let mut bits = x.to_bits();
    if bits < 0x0080_0000 {
        // A subnormal number, times 2^23.
        bits = (x * 8_388_608.0).to_bits().wrapping_sub(23 << 23);
    }
    let from_begin = bits.wrapping_sub(BEGIN);
    let (inverse, logarithm) = PARTS[(from_begin >> 19) as usize % PARTS.len()];
    let k = f64::from(from_begin as i32 >> 23);
    let z = f64::from(f32::from_bits(bits.wrapping_sub(from_begin & 0xff80_0000)));
    let r = z * f64::from_bits(inverse) - 1.0;
    let y0 = f64::from_bits(logarithm) + k * core::f64::consts::LN_2;
    let [a, b, c] = POLYNOMIAL.map(f64::from_bits);
    let y = a * (r * r) + (b * r + c);
    (y * (r * r) + (y0 + r)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs that glibc 2.36 gives, the second of each not correctly rounded.
    #[test]
    fn known_values() {
        assert_eq!(logf(1.0).to_bits(), 0);
        assert_eq!(logf(2.0), core::f32::consts::LN_2);
        assert_eq!(logf(f32::from_bits(1)), -103.278_93);
    }

    /// The standard library calls the C library's `logf`: every 97th positive number, and each one
    /// in the campaign (`CHATSIGNAL_CASES=1000000000`).
    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn equals_the_c_library() {
        let cases = chatsignal_core::testing::cases(100_000).cases;
        let step = (f32::INFINITY.to_bits() / cases).max(1) as usize;
        for bits in (1..f32::INFINITY.to_bits()).step_by(step) {
            let x = f32::from_bits(bits);
            assert_eq!(logf(x).to_bits(), core::hint::black_box(x).ln().to_bits(), "{x:e}");
        }
    }
}
