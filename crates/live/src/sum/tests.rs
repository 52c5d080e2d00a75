use num_bigint::BigInt;
use num_rational::Ratio;
use num_traits::{FromPrimitive, ToPrimitive};
use proptest::prelude::*;

use super::*;

fn any_finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
        (-1e6..1e6),
        (-1000..1000).prop_map(f64::from),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(5e-324),
        Just(-5e-324),
        Just(1e16),
    ]
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![4 => any_finite().prop_map(|value| Number::Float(value + 0.0)), 1 => any::<i64>().prop_map(Number::Int)]
}

fn sum(numbers: &[Number]) -> ExactSum {
    let mut sum = ExactSum::default();
    numbers.iter().for_each(|number| sum.add(*number));
    sum
}

fn exact(numbers: &[Number]) -> Ratio<BigInt> {
    numbers
        .iter()
        .map(|number| match number {
            Number::Float(value) => Ratio::from_float(*value).unwrap(),
            Number::Int(value) => Ratio::from_integer(BigInt::from_i64(*value).unwrap()),
        })
        .sum()
}

/// Whether `value` is a nearest float to `exact`, and the even one of two.
fn is_rounded(value: f64, exact: &Ratio<BigInt>) -> bool {
    if value.is_infinite() {
        let greatest = Ratio::<BigInt>::from_float(f64::MAX).unwrap();
        let half_ulp = Ratio::from_integer(BigInt::from(1) << 970_usize);
        let bound = greatest + half_ulp;
        return if value > 0.0 { *exact >= bound } else { *exact <= -bound };
    }
    let distance = |value: f64| {
        Ratio::<BigInt>::from_float(value).map(|float| {
            let apart = float - exact;
            if apart < Ratio::from_integer(BigInt::from(0)) { -apart } else { apart }
        })
    };
    let own = distance(value).unwrap();
    [value.next_up(), value.next_down()]
        .into_iter()
        .filter_map(distance)
        .all(|other| own < other || (own == other && value.to_bits() & 1 == 0))
}

proptest! {
    #[test]
    fn a_sum_is_the_exact_sum_rounded_once(numbers in prop::collection::vec(any_number(), 0..40)) {
        let read = sum(&numbers).read();
        prop_assert!(is_rounded(read, &exact(&numbers)), "{read:e} of {:?}", exact(&numbers).to_f64());
        prop_assert!(read != 0.0 || read.is_sign_positive());
    }

    #[test]
    fn order_and_splits_change_no_bit(
        numbers in prop::collection::vec(any_number(), 1..40).prop_shuffle(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut reversed = numbers.clone();
        reversed.reverse();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(numbers.len())).collect();
        cuts.extend([0, numbers.len()]);
        cuts.sort_unstable();
        let mut merged = ExactSum::default();
        for pair in cuts.windows(2).rev() {
            merged.merge(&sum(&numbers[pair[0]..pair[1]]));
        }
        let bits = sum(&numbers).read().to_bits();
        prop_assert_eq!(sum(&reversed).read().to_bits(), bits);
        prop_assert_eq!(merged.read().to_bits(), bits);
    }
}

#[test]
fn cancelling_extremes_leave_the_small_part() {
    let numbers = [1e308, 1e308, 5e-324, -1e308, -1e308].map(Number::Float);
    assert_eq!(sum(&numbers).read(), 5e-324);
    assert_eq!(sum(&[Number::Float(0.1); 10]).read(), 1.0);
    assert_eq!(
        sum(&[Number::Int(i64::MAX), Number::Int(i64::MAX), Number::Int(1)]).read(),
        18_446_744_073_709_551_615.0
    );
    assert_eq!(sum(&[Number::Float(f64::MAX), Number::Float(f64::MAX)]).read(), f64::INFINITY);
}

#[test]
fn many_additions_are_carried_in_time() {
    let mut one = sum(&[Number::Float(1e300), Number::Float(1.0)]);
    let Form::Wide(wide) = &mut one.0 else { panic!("these lie too far apart for one integer") };
    wide.additions = 1 << 29;
    one.add(Number::Float(-1e300));
    assert_eq!(one.read(), 1.0);
}
