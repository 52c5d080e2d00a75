//! The wire's types as TypeScript: the one place they leave Rust.

use tideboard_model::{
    FilterOp, FilterSpec, MeasureFn, MeasureSpec, Problem, ProblemCode, QuerySpec, RangeSpec, Retry, ShapeSpec,
};
use ts_rs::{Config, TS};

use super::*;

/// One TypeScript module with every type of the protocol.
#[must_use]
pub fn typescript() -> String {
    let config = Config::default();
    let declarations = [
        ProblemCode::decl(&config),
        Retry::decl(&config),
        Problem::decl(&config),
        MeasureFn::decl(&config),
        MeasureSpec::decl(&config),
        FilterOp::decl(&config),
        FilterSpec::decl(&config),
        RangeSpec::decl(&config),
        ShapeSpec::decl(&config),
        QuerySpec::decl(&config),
        Auth::decl(&config),
        Hello::decl(&config),
        Have::decl(&config),
        SubscribeView::decl(&config),
        Subscribe::decl(&config),
        SubscribedView::decl(&config),
        Subscribed::decl(&config),
        Unsubscribe::decl(&config),
        Credit::decl(&config),
        Clock::decl(&config),
        ProblemMessage::decl(&config),
        Closing::decl(&config),
        Stale::decl(&config),
        Changed::decl(&config),
        RightsReason::decl(&config),
        Rights::decl(&config),
        FeedValue::decl(&config),
        FeedEvent::decl(&config),
        Row::decl(&config),
        Reason::decl(&config),
        Change::decl(&config),
        Part::decl(&config),
        Frame::<Part>::decl(&config),
        Follow::decl(&config),
        Followed::decl(&config),
        Unfollow::decl(&config),
        Gone::decl(&config),
        Page::<FeedEvent>::decl(&config),
    ];
    let mut module = String::from("// Generated from crates/sync by `make fix`. Do not edit.\n\n");
    module.push_str(&format!("export const PROTOCOL = {PROTOCOL};\n"));
    for declaration in declarations {
        module.push_str("\nexport ");
        module.push_str(&declaration);
        module.push('\n');
    }
    module
}
