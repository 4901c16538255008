//! Probes: one way of asking, times within Google's limits.
//! <https://cloud.google.com/run/docs/configuring/healthchecks>

use super::{Container, Sort, fault, out_of_range};
use crate::model::{Diagnostic, Doc};

/// Seconds in which a container must have started.
const STARTUP: i64 = 240;

pub(super) fn check(container: &Container<'_>, sort: Sort, faults: &mut Vec<Diagnostic>) {
    probe(container, "startupProbe", STARTUP, faults);
    startup_window(container, faults);
    if sort != Sort::Job {
        probe(container, "livenessProbe", 3600, faults);
    }
    if sort == Sort::Service {
        probe(container, "readinessProbe", 3600, faults);
    }
}

fn probe(container: &Container<'_>, field: &str, longest: i64, faults: &mut Vec<Diagnostic>) {
    let Some(probe) = container.doc.get(field) else { return };
    let at = container.field(field);
    let ways = ["httpGet", "tcpSocket", "grpc"];
    let allowed = if field == "readinessProbe" { "`httpGet` or `grpc`" } else { "`httpGet`, `tcpSocket` or `grpc`" };
    match ways.iter().filter(|way| probe.get(way).is_some()).count() {
        1 => {}
        0 => faults.push(fault(
            "probe-without-way",
            at.clone(),
            format!("`{field}` does not say how to ask"),
            format!("add {allowed}"),
        )),
        _ => faults.push(fault(
            "probe-with-two-ways",
            at.clone(),
            format!("`{field}` asks in more than one way"),
            format!("keep one of {allowed}"),
        )),
    }
    out_of_range(probe, "initialDelaySeconds", || at.key("initialDelaySeconds"), 0, longest, faults);
    out_of_range(probe, "timeoutSeconds", || at.key("timeoutSeconds"), 1, longest, faults);
    out_of_range(probe, "periodSeconds", || at.key("periodSeconds"), 1, longest, faults);
    out_of_range(probe, "failureThreshold", || at.key("failureThreshold"), 1, i64::from(i32::MAX), faults);
    for way in ways {
        let port = format!("{way}.port");
        out_of_range(probe, &port, || container.field(&format!("{field}.{port}")), 1, 65535, faults);
    }
    let seconds = |key: &str, default: i64| probe.get(key).map_or(Some(default), Doc::as_i64);
    if field != "readinessProbe"
        && let (Some(timeout), Some(period)) = (seconds("timeoutSeconds", 1), seconds("periodSeconds", 10))
        && timeout > period
    {
        let message = format!("`timeoutSeconds` ({timeout}) is more than `periodSeconds` ({period})");
        faults.push(fault("probe-timeout", at.key("timeoutSeconds"), message, format!("write at most {period}")));
    }
    path(container, field, probe, faults);
}

fn path(container: &Container<'_>, field: &str, probe: &Doc, faults: &mut Vec<Diagnostic>) {
    let Some(path) = probe.dig_str("httpGet.path").filter(|path| !path.starts_with('/')) else { return };
    let at = container.field(&format!("{field}.httpGet.path"));
    faults.push(fault("bad-path", at, format!("`{path}` is no path of a URL"), format!("write `/{path}`")));
}

fn startup_window(container: &Container<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(probe) = container.doc.get("startupProbe") else { return };
    let number = |key: &str, default: i64| probe.get(key).map_or(Some(default), Doc::as_i64);
    let (Some(period), Some(failures)) = (number("periodSeconds", 10), number("failureThreshold", 3)) else { return };
    let window = period.saturating_mul(failures);
    if window > STARTUP && period > 0 && period <= STARTUP {
        let message = format!(
            "`failureThreshold` × `periodSeconds` is {window} s; Google gives a container {STARTUP} s to start"
        );
        let hint = format!("write `failureThreshold: {}`", STARTUP / period);
        faults.push(fault("startup-too-long", container.field("startupProbe.failureThreshold"), message, hint));
    }
}
