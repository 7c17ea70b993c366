//! Selectors: that the names exist and that Kubernetes accepts the expressions.

use std::collections::{BTreeMap, HashSet};

use super::names;
use super::report::{FirstPlaces, Report, error, quoted};
use super::scope::Scope;
use crate::declaration::{Cursor, types};
use crate::intent::{NodeSelector, Sited};

/// Resolves a selector of nodes; an absent one selects every node.
pub(super) fn nodes(
    selector: Option<&types::NodeSelector>,
    what: &str,
    at: Cursor<'_>,
    scope: &mut Scope<'_>,
) -> NodeSelector {
    let Some(selector) = selector else { return NodeSelector::default() };
    let mut named = Vec::new();
    let mut seen = FirstPlaces::new();
    for (name, here) in selector.names.iter().zip(at.key("names").items()) {
        if let Some(first) = seen.repeated(name.as_str(), here.place()) {
            scope.report.push(
                error("selector-repeated-name", format!("{what} names node {} twice", quoted(name)))
                    .at(here.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
            continue;
        }
        if scope.nodes.get(name).is_none() {
            if !scope.discover {
                let what = format!("{what} selects a node that is not declared:");
                let way_out = "declare it in spec.nodes";
                scope.nodes.report_unknown(
                    "node-unknown",
                    name,
                    &what,
                    way_out,
                    here.place(),
                    &mut scope.report,
                );
            } else if !names::check(name, names::Form::Object, "node", here, &mut scope.report) {
                continue;
            }
        }
        named.push(Sited::new(name.clone(), here.place()));
    }
    labels(&selector.match_labels, &selector.match_expressions, what, at, &mut scope.report);
    NodeSelector {
        names: named,
        match_labels: selector.match_labels.clone(),
        match_expressions: selector.match_expressions.clone(),
    }
}

/// Checks a plain label selector.
pub(super) fn label_selector(
    selector: &types::LabelSelector,
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) {
    labels(&selector.match_labels, &selector.match_expressions, what, at, report);
}

fn labels(
    match_labels: &BTreeMap<String, String>,
    expressions: &[types::LabelExpression],
    what: &str,
    at: Cursor<'_>,
    report: &mut Report,
) {
    for (key, here) in at.key("matchLabels").entries() {
        if let Some(value) = match_labels.get(key) {
            names::check_label(key, value, what, here.place(), report);
        }
    }
    for (i, (expression, here)) in expressions.iter().zip(at.key("matchExpressions").items()).enumerate() {
        check_expression(expression, what, here, report);
        // MetalLB refuses the repetition. Lists are short, and a long one is cut off here.
        if i < 100 && expressions.iter().take(i).any(|earlier| same(earlier, expression)) {
            report.push(
                error(
                    "selector-expression",
                    format!("{what} says the same about label {} twice", quoted(&expression.key)),
                )
                .at(here.key("key").place())
                .hint("remove one of the expressions"),
            );
        }
    }
}

fn same(a: &types::LabelExpression, b: &types::LabelExpression) -> bool {
    a.key == b.key
        && a.operator == b.operator
        && a.values.len() == b.values.len()
        && a.values.iter().collect::<HashSet<_>>() == b.values.iter().collect::<HashSet<_>>()
}

fn check_expression(expression: &types::LabelExpression, what: &str, at: Cursor<'_>, report: &mut Report) {
    use types::LabelOperator::{DoesNotExist, Exists, In, NotIn};
    names::check_label_key(&expression.key, what, at.key("key").place(), report);
    let values = at.key("values");
    let fault = match expression.operator {
        In | NotIn if expression.values.is_empty() && !values.incomplete() => {
            Some((at.key("operator").place(), "wants values", "add `values`"))
        }
        Exists | DoesNotExist if !expression.values.is_empty() => {
            Some((values.place(), "takes no values", "remove `values`, or use `In` or `NotIn`"))
        }
        _ => None,
    };
    if let Some((place, reason, hint)) = fault {
        let operator = expression.operator;
        report.push(
            error(
                "selector-expression",
                format!("{what}: operator {operator:?} of label {} {reason}", quoted(&expression.key)),
            )
            .at(place)
            .hint(hint),
        );
    }
    let mut seen = FirstPlaces::new();
    for (value, here) in expression.values.iter().zip(values.items()) {
        names::check_label_value(&expression.key, value, what, here.place(), report);
        if let Some(first) = seen.repeated(value.as_str(), here.place()) {
            report.push(
                error("selector-expression", format!("{what} repeats the value {}", quoted(value)))
                    .at(here.place())
                    .label(first, "first here")
                    .hint("remove one of them"),
            );
        }
    }
}
