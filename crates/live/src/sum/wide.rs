//! A fixed-point number that holds every sum of floats exactly.

use super::round;

/// Bits per digit.
const DIGIT_BITS: u32 = 32;
/// 2^−1074 to 2^1024, and 2^64 additions of the greatest, and a 128-bit addend on top.
const DIGITS: usize = 72;
/// Each addition moves a digit by less than 2^32; a digit has 63 bits.
const ADDITIONS_BEFORE_CARRY: u32 = 1 << 29;
/// The weight of digit 0's lowest bit.
const LOWEST: i32 = -1074;

/// `Σ digit[i] × 2^(32 i − 1074)`. Digits are signed and may overlap until carried.
#[derive(Debug, Clone)]
pub(super) struct Wide {
    digits: [i64; DIGITS],
    pub(super) additions: u32,
}

impl Default for Wide {
    fn default() -> Self {
        Self { digits: [0; DIGITS], additions: 0 }
    }
}

impl Wide {
    pub(super) fn add_scaled(&mut self, addend: i128, scale: i32) {
        if self.additions >= ADDITIONS_BEFORE_CARRY {
            self.carry();
        }
        self.additions += 1;
        let position = (scale - LOWEST).unsigned_abs();
        let (first, shift) = ((position / DIGIT_BITS) as usize, position % DIGIT_BITS);
        let sign = if addend < 0 { -1 } else { 1 };
        let magnitude = addend.unsigned_abs();
        // 128 bits shifted by up to 31 lie in five digits: the low one apart, since the shift would not fit.
        let low = ((magnitude as u32 as u64) << shift) as i64 & 0xffff_ffff;
        let rest = magnitude >> (DIGIT_BITS - shift);
        let pieces = [low, piece(rest, 0), piece(rest, 1), piece(rest, 2), piece(rest, 3)];
        for (digit, piece) in self.digits.iter_mut().skip(first).zip(pieces) {
            *digit += sign * piece;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        self.additions = 2;
        for (digit, added) in self.digits.iter_mut().zip(other.digits) {
            *digit += added;
        }
    }

    /// Brings all digits but the highest into 0..2^32; the highest carries the sign.
    fn carry(&mut self) {
        self.additions = 1;
        let mut carried = 0_i64;
        let last = DIGITS - 1;
        for (index, digit) in self.digits.iter_mut().enumerate() {
            *digit += carried;
            if index < last {
                carried = *digit >> DIGIT_BITS;
                *digit &= 0xffff_ffff;
            }
        }
    }

    pub(super) fn read(&self) -> f64 {
        let mut magnitude = self.clone();
        magnitude.carry();
        let negative = magnitude.digits.last().is_some_and(|highest| *highest < 0);
        if negative {
            magnitude.digits.iter_mut().for_each(|digit| *digit = -*digit);
            magnitude.carry();
        }
        let value = magnitude.round();
        if negative { -value } else { value }
    }

    /// The nearest float to a carried, non-negative number.
    fn round(&self) -> f64 {
        let Some(top) = self.digits.iter().rposition(|digit| *digit != 0) else {
            return 0.0;
        };
        // The four highest digits hold at least 97 significant bits; of the others only whether there are any.
        let low = top.saturating_sub(3);
        let window = self.digits.iter().take(top + 1).skip(low).rev();
        let head = window.fold(0_u128, |head, digit| (head << DIGIT_BITS) | u128::from(digit.unsigned_abs()));
        let sticky = self.digits.iter().take(low).any(|digit| *digit != 0);
        round(head, LOWEST + (low as i32) * DIGIT_BITS as i32, sticky)
    }
}

fn piece(magnitude: u128, index: u32) -> i64 {
    ((magnitude >> (DIGIT_BITS * index)) as u32).into()
}
