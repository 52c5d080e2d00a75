//! Accumulators: one per measure and pane. All are order-free and exactly mergeable, so that live, hydrated and merged
//! results are equal bit for bit.

use tideboard_model::{Event, Measure, MeasureFn, Nanos, Offset, PaneWidth};

use crate::{ExactSum, Number};

/// What has been seen of one measure in one pane.
#[derive(Debug, Clone)]
pub(crate) enum Accumulator {
    Count(u64),
    Sum {
        sum: ExactSum,
        count: u64,
    },
    Avg {
        sum: ExactSum,
        count: u64,
    },
    Min(Option<f64>),
    Max(Option<f64>),
    First(Option<Sample>),
    Last(Option<Sample>),
    /// Events per second.
    EventRate(u64),
    /// Growth of a counter: its first and last sample.
    CounterRate(Option<(Sample, Sample)>),
}

/// A value and its place in the order of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    time: Nanos,
    offset: Offset,
    value: f64,
}

impl Sample {
    fn key(&self) -> (Nanos, Offset) {
        (self.time, self.offset)
    }
}

impl Accumulator {
    pub(crate) fn new(measure: &Measure) -> Self {
        match (measure.function, &measure.field) {
            (MeasureFn::Count, _) => Self::Count(0),
            (MeasureFn::Sum, _) => Self::Sum { sum: ExactSum::default(), count: 0 },
            (MeasureFn::Avg, _) => Self::Avg { sum: ExactSum::default(), count: 0 },
            (MeasureFn::Min, _) => Self::Min(None),
            (MeasureFn::Max, _) => Self::Max(None),
            (MeasureFn::First, _) => Self::First(None),
            (MeasureFn::Last, _) => Self::Last(None),
            (MeasureFn::Rate, None) => Self::EventRate(0),
            (MeasureFn::Rate, Some(_)) => Self::CounterRate(None),
        }
    }

    /// Takes in one event.
    pub(crate) fn fold(&mut self, measure: &Measure, offset: Offset, event: &Event) {
        let number = match &measure.field {
            None => None,
            Some(field) => match event.fields.get(field) {
                None => return,
                Some(value) => Number::of(value),
            },
        };
        match (self, number) {
            // Counting asks for the field alone: text counts too.
            (Self::Count(count) | Self::EventRate(count), _) => *count += 1,
            (_, None) => {}
            (Self::Sum { sum, count } | Self::Avg { sum, count }, Some(number)) => {
                sum.add(number);
                *count += 1;
            }
            (Self::Min(least), Some(number)) => *least = pick(*least, Some(number.to_f64()), f64::min),
            (Self::Max(greatest), Some(number)) => *greatest = pick(*greatest, Some(number.to_f64()), f64::max),
            (own, Some(number)) => own.take(Sample { time: event.time, offset, value: number.to_f64() }),
        }
    }

    fn take(&mut self, sample: Sample) {
        match self {
            Self::First(first) => *first = pick(*first, Some(sample), earlier),
            Self::Last(last) => *last = pick(*last, Some(sample), later),
            Self::CounterRate(ends) => *ends = pick(*ends, Some((sample, sample)), outer),
            Self::Count(_) | Self::Sum { .. } | Self::Avg { .. } | Self::Min(_) | Self::Max(_) | Self::EventRate(_) => {
            }
        }
    }

    /// Takes in what another accumulator of the same measure has seen. Not for [`Accumulator::CounterRate`] across
    /// panes: growth is summed pane by pane.
    pub(crate) fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(own), Self::Count(other)) | (Self::EventRate(own), Self::EventRate(other)) => *own += other,
            (Self::Sum { sum, count }, Self::Sum { sum: other, count: more })
            | (Self::Avg { sum, count }, Self::Avg { sum: other, count: more }) => {
                sum.merge(other);
                *count += more;
            }
            (Self::Min(own), Self::Min(other)) => *own = pick(*own, *other, f64::min),
            (Self::Max(own), Self::Max(other)) => *own = pick(*own, *other, f64::max),
            (Self::First(own), Self::First(other)) => *own = pick(*own, *other, earlier),
            (Self::Last(own), Self::Last(other)) => *own = pick(*own, *other, later),
            (Self::CounterRate(own), Self::CounterRate(other)) => *own = pick(*own, *other, outer),
            (own, _) => debug_assert!(false, "{own:?} is of another measure than what it is to take in"),
        }
    }

    /// The measure's value over a span of `width`; `before` is the same measure in the pane just before.
    pub(crate) fn read(&self, before: Option<&Self>, width: PaneWidth) -> Option<f64> {
        match self {
            Self::Count(count) => Some(float(*count)),
            Self::Sum { sum, count } => (*count > 0).then(|| sum.read()).filter(|sum| sum.is_finite()),
            Self::Avg { sum, count } => {
                (*count > 0).then(|| sum.read() / float(*count)).filter(|average| average.is_finite())
            }
            Self::Min(value) | Self::Max(value) => *value,
            Self::First(sample) | Self::Last(sample) => sample.map(|sample| sample.value),
            Self::EventRate(count) => Some(float(*count) * 1000.0 / float(width.millis().unsigned_abs())),
            Self::CounterRate(_) => {
                let growth = self.growth(before)?;
                (growth.seconds > 0.0).then(|| growth.increase / growth.seconds).filter(|rate| rate.is_finite())
            }
        }
    }

    /// How a counter has grown in this pane; `None` for other measures and where there is nothing to compare with.
    pub(crate) fn growth(&self, before: Option<&Self>) -> Option<Growth> {
        let Self::CounterRate(Some((first, last))) = self else { return None };
        let start = match before {
            Some(Self::CounterRate(Some((_, last)))) => last,
            Some(_) | None => first,
        };
        if start.key() >= last.key() {
            return None;
        }
        let increase = if last.value >= start.value { last.value - start.value } else { last.value };
        #[allow(clippy::cast_precision_loss, reason = "a span of panes is far below 2^53 ns × 1,000")]
        let seconds = (last.time.0 - start.time.0) as f64 / 1e9;
        Some(Growth { increase, seconds })
    }
}

/// How a counter has grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    pub(crate) increase: f64,
    pub(crate) seconds: f64,
}

#[allow(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

fn pick<T>(own: Option<T>, other: Option<T>, choose: impl FnOnce(T, T) -> T) -> Option<T> {
    match (own, other) {
        (Some(own), Some(other)) => Some(choose(own, other)),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

fn earlier(one: Sample, other: Sample) -> Sample {
    if other.key() < one.key() { other } else { one }
}

fn later(one: Sample, other: Sample) -> Sample {
    if other.key() > one.key() { other } else { one }
}

fn outer(one: (Sample, Sample), other: (Sample, Sample)) -> (Sample, Sample) {
    (earlier(one.0, other.0), later(one.1, other.1))
}
