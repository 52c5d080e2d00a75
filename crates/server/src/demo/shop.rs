//! The shop: visits, orders, sign-ups.

use super::generator::Moment;
use super::incident::failure;

const COUNTRIES: [(&str, f64); 8] =
    [("DE", 26.0), ("US", 21.0), ("FR", 15.0), ("GB", 13.0), ("NL", 9.0), ("PL", 7.0), ("JP", 5.0), ("BR", 4.0)];
const PAGES: [&str; 12] = [
    "/",
    "/search",
    "/sale",
    "/category/home",
    "/category/garden",
    "/product/desk-lamp",
    "/cart",
    "/product/tea-kettle",
    "/category/outdoor",
    "/product/rain-jacket",
    "/about",
    "/help/returns",
];
const DEVICES: [(&str, f64); 3] = [("mobile", 54.0), ("desktop", 39.0), ("tablet", 7.0)];
const CHANNELS: [(&str, f64); 3] = [("web", 58.0), ("app", 31.0), ("marketplace", 11.0)];
const PLANS: [(&str, f64); 3] = [("free", 72.0), ("plus", 22.0), ("business", 6.0)];

/// Category, how often it is bought, median price of one item.
const CATEGORIES: [(&str, f64, f64); 6] = [
    ("home", 30.0, 34.0),
    ("garden", 20.0, 28.0),
    ("outdoor", 17.0, 62.0),
    ("kitchen", 15.0, 24.0),
    ("toys", 11.0, 19.0),
    ("electronics", 7.0, 129.0),
];

pub(super) fn add(moment: &mut Moment) {
    for _ in 0..moment.times(58.0) {
        visit(moment);
    }
    // Who can't pay does not buy: a failing checkout shows in the revenue.
    let failing = failure(moment.incident, "checkout").max(failure(moment.incident, "payments"));
    for _ in 0..moment.times(3.2 * (1.0 - 0.85 * failing)) {
        order(moment);
    }
    for _ in 0..moment.times(0.45) {
        let (plan, country) = (moment.dice.pick(&PLANS), moment.dice.pick(&COUNTRIES));
        let draft = moment.draft("shop.signups").tag("plan", plan).tag("country", country);
        moment.add(draft);
    }
}

fn visit(moment: &mut Moment) {
    let (page, country) = (moment.dice.zipf(&PAGES), moment.dice.pick(&COUNTRIES));
    let device = moment.dice.pick(&DEVICES);
    let draft = moment.draft("shop.visits").tag("page", page).tag("country", country).tag("device", device);
    moment.add(draft);
}

fn order(moment: &mut Moment) {
    let category = moment.dice.pick(&CATEGORIES.map(|(name, weight, _)| (name, weight)));
    let price = CATEGORIES.iter().find(|(name, ..)| *name == category).map_or(30.0, |(.., price)| *price);
    let items = 1 + moment.dice.poisson(0.7);
    let cents = (100.0 * moment.dice.log_normal(price, 0.45) * f64::from(items)).round();
    let (country, channel) = (moment.dice.pick(&COUNTRIES), moment.dice.pick(&CHANNELS));
    let draft = moment.draft("shop.orders").tag("country", country).tag("channel", channel).tag("category", category);
    moment.add(draft.number("amount", cents / 100.0).integer("items", items.into()));
}
