//! What Cloud SQL and those who use it need of each other.

use super::{View, error, warning};
use crate::model::{Address, Diagnostic, Doc, Reference, Template};
use crate::stack::Entry;

/// An endpoint's instance has Private Service Connect on, and stands in the endpoint's region.
pub(super) fn endpoints(view: &View<'_>) -> Vec<Diagnostic> {
    view.of("forwardingRules").filter_map(|rule| endpoint(view, rule)).collect()
}

fn endpoint(view: &View<'_>, rule: &Entry) -> Option<Diagnostic> {
    let instance = view.stack.get(target(rule)?)?;
    let is_on = instance.doc.dig("ipConfiguration.pscConfig.pscEnabled");
    if is_on.is_none_or(|value| value.as_bool() == Some(false)) {
        let message = format!("`{}` has no Private Service Connect to connect to", instance.address);
        return Some(
            error(rule, "target", "psc-off", message)
                .hint(format!("set `ipConfiguration.pscConfig.pscEnabled: true` on `{}`", instance.address)),
        );
    }
    let (here, there) = (rule.place.location(), instance.doc.dig_str("region").unwrap_or(instance.place.location()));
    let is_global = rule.doc.get("allowPscGlobalAccess").and_then(Doc::as_bool).unwrap_or(false);
    (here != there && !here.is_empty() && !there.is_empty() && !is_global).then(|| {
        let message = format!("the endpoint stands in `{here}`, `{}` in `{there}`", instance.address);
        error(rule, "target", "psc-other-region", message)
            .hint(format!("put it in `{there}`, or set `allowPscGlobalAccess: true`"))
    })
}

/// The instance whose service attachment a rule names.
fn target(rule: &Entry) -> Option<&Address> {
    let templates = rule.doc.get("target").map(Doc::templates).unwrap_or_default();
    templates.into_iter().flat_map(Template::references).find_map(|reference| match reference {
        Reference::Output { address, output }
            if &*address.section == "sqlInstances" && output.to_string() == "pscServiceAttachmentLink" =>
        {
            Some(address)
        }
        _ => None,
    })
}

/// Fields by which a user logs in by IAM.
const PRINCIPALS: &[(&str, &str)] = &[("serviceAccount", "serviceAccount"), ("user", "user"), ("group", "group")];
/// Roles that may log in (cloud.google.com/sql/docs/postgres/iam-roles).
const LOGIN: &[&str] = &["roles/cloudsql.instanceUser", "roles/cloudsql.admin", "roles/owner"];

/// Where an instance has IAM users, its flag is on, and accounts of the stack may log in.
pub(super) fn iam_login(view: &View<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for user in view.of("sqlUsers") {
        let principal = PRINCIPALS.iter().find_map(|(field, kind)| Some((field, kind, user.doc.dig_str(field)?)));
        let Some((field, kind, email)) = principal else { continue };
        let instance = user.needs.iter().filter_map(|need| view.stack.get(&need.address));
        let instance = instance.into_iter().find(|entry| &*entry.address.section == "sqlInstances");
        findings.extend(instance.and_then(|instance| flag_off(user, field, instance)));
        let member = format!("{kind}:{email}");
        if *kind == "serviceAccount" && view.is_account(email) && !view.holds(&member, LOGIN) {
            let message = format!("`{member}` may not log in to the instance");
            findings.push(
                warning(user, field, "iam-login-not-granted", message).hint(format!(
                    "add a binding under `iamBindings`: `{{role: {}, members: [\"{member}\"]}}`",
                    LOGIN[0]
                )),
            );
        }
    }
    findings
}

fn flag_off(user: &Entry, field: &str, instance: &Entry) -> Option<Diagnostic> {
    let version = instance.doc.dig_str("databaseVersion")?;
    let flag =
        if version.starts_with("POSTGRES") { "cloudsql.iam_authentication" } else { "cloudsql_iam_authentication" };
    if version.starts_with("SQLSERVER") {
        return None;
    }
    let value = instance.doc.get("databaseFlags").and_then(|flags| flags.get(flag));
    let is_on =
        value.is_some_and(|value| !value.is_known() || value.as_str() == Some("on") || value.as_bool() == Some(true));
    (!is_on).then(|| {
        let message = format!("`{}` does not let IAM users log in", instance.address);
        warning(user, field, "iam-login-off", message)
            .hint(format!("add `databaseFlags: {{{flag}: \"on\"}}` to `{}`", instance.address))
    })
}
