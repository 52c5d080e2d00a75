//! Exact sums: order-free, mergeable, rounded once on reading.
//!
//! The idea of a superaccumulator is Kulisch's; see R. Neal, "Fast exact summation using small and large
//! superaccumulators" (2015). Most sums here stay in one 128-bit integer with a common exponent; one whose terms lie
//! too far apart for that moves to a fixed-point number wide enough for every float.

mod wide;

use wide::Wide;

use crate::Number;

/// The exact sum of any numbers added to it.
///
/// Two sums over the same numbers read as the same bits, whatever the order and however they were split and merged.
#[derive(Debug, Clone)]
pub struct ExactSum(Form);

#[derive(Debug, Clone)]
enum Form {
    /// `mantissa × 2^exponent`.
    Narrow { mantissa: i128, exponent: i32 },
    /// Everything else: 560 bytes.
    Wide(Box<Wide>),
}

impl Default for ExactSum {
    fn default() -> Self {
        Self(Form::Narrow { mantissa: 0, exponent: 0 })
    }
}

impl ExactSum {
    /// Adds a number.
    pub fn add(&mut self, number: Number) {
        match number {
            Number::Int(value) => self.add_scaled(i128::from(value), 0),
            Number::Float(value) => {
                let (mantissa, exponent) = decompose(value);
                self.add_scaled(i128::from(mantissa), exponent);
            }
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        match &other.0 {
            Form::Narrow { mantissa, exponent } => self.add_scaled(*mantissa, *exponent),
            Form::Wide(other) => self.widen().merge(other),
        }
    }

    /// The sum, rounded to nearest, ties to even; infinite past the greatest float. Zero is `+0`.
    #[must_use]
    pub fn read(&self) -> f64 {
        match &self.0 {
            Form::Narrow { mantissa, exponent } => {
                let magnitude = round(mantissa.unsigned_abs(), *exponent, false);
                if *mantissa < 0 { -magnitude } else { magnitude }
            }
            Form::Wide(wide) => wide.read(),
        }
    }

    fn add_scaled(&mut self, addend: i128, scale: i32) {
        if addend == 0 {
            return;
        }
        if let Form::Narrow { mantissa, exponent } = &mut self.0 {
            if *mantissa == 0 {
                (*mantissa, *exponent) = (addend, scale);
                return;
            }
            let common = scale.min(*exponent);
            let sum = shifted(*mantissa, *exponent - common)
                .zip(shifted(addend, scale - common))
                .and_then(|(own, added)| own.checked_add(added));
            if let Some(sum) = sum {
                (*mantissa, *exponent) = (sum, common);
                return;
            }
        }
        self.widen().add_scaled(addend, scale);
    }

    fn widen(&mut self) -> &mut Wide {
        if let Form::Narrow { mantissa, exponent } = self.0 {
            let mut wide = Box::<Wide>::default();
            wide.add_scaled(mantissa, exponent);
            self.0 = Form::Wide(wide);
        }
        match &mut self.0 {
            Form::Wide(wide) => wide,
            Form::Narrow { .. } => unreachable!("the branch above has just made it wide"),
        }
    }
}

/// `value × 2^bits`, if it fits.
fn shifted(value: i128, bits: i32) -> Option<i128> {
    let bits = u32::try_from(bits).ok()?;
    let room = if value < 0 { (!value).leading_zeros() } else { value.leading_zeros() };
    // One bit is the sign's.
    (bits < room).then(|| value << bits)
}

/// A finite float as `mantissa × 2^exponent`, the mantissa odd or zero.
fn decompose(value: f64) -> (i64, i32) {
    const FRACTION_BITS: u32 = 52;
    let bits = value.to_bits();
    let fraction = (bits & ((1 << FRACTION_BITS) - 1)) as i64;
    let biased = ((bits >> FRACTION_BITS) & 0x7ff) as i32;
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | (1 << FRACTION_BITS), biased - 1075) };
    if mantissa == 0 {
        return (0, 0);
    }
    let zeros = mantissa.trailing_zeros();
    let odd = mantissa >> zeros;
    (if value.is_sign_negative() { -odd } else { odd }, exponent + zeros as i32)
}

/// `(magnitude + sticky) × 2^exponent` to the nearest float, ties to even; `sticky` stands for something between 0 and
/// 1 that was cut off. The exponent is at least −1074, so that no result is rounded twice.
fn round(magnitude: u128, exponent: i32, sticky: bool) -> f64 {
    const PRECISION: u32 = 53;
    let bits = u128::BITS - magnitude.leading_zeros();
    if bits <= PRECISION {
        return scale(magnitude as u64, exponent);
    }
    let cut = bits - PRECISION;
    let mut kept = (magnitude >> cut) as u64;
    let rest = magnitude & ((1 << cut) - 1);
    let half = 1_u128 << (cut - 1);
    if rest > half || (rest == half && (sticky || kept & 1 == 1)) {
        kept += 1;
    }
    scale(kept, exponent + cut as i32)
}

/// `mantissa × 2^exponent` for a mantissa of at most 2^53 whose product is a float or overflows.
#[allow(clippy::cast_precision_loss, reason = "integers up to 2^53 are floats")]
fn scale(mantissa: u64, exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    let value = mantissa as f64;
    match exponent {
        ..-1022 => value * power(-1022) * power(exponent + 1022),
        -1022..=1023 => value * power(exponent),
        1024.. if mantissa == 0 => 0.0,
        1024.. => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests;
