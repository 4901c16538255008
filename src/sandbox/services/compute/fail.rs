//! Compute's refusals, word for word where they were seen.

use crate::sandbox::fault::Fault;

/// 404.
pub(super) fn missing(path: &str) -> Fault {
    Fault::not_found(format!("The resource '{path}' was not found"))
}

/// 409.
pub(super) fn exists(path: &str) -> Fault {
    Fault::already_exists(format!("The resource '{path}' already exists"))
}

/// 400: an operation holds it.
pub(super) fn not_ready(path: &str) -> Fault {
    Fault::invalid(format!("The resource '{path}' is not ready")).reason("resourceNotReady")
}

/// 400: a field's value.
pub(super) fn field(field: &str, value: &str, why: &str) -> Fault {
    Fault::invalid(format!("Invalid value for field '{field}': '{value}'. {why}"))
}

/// 400: a field is missing.
pub(super) fn required(field: &str) -> Fault {
    Fault::invalid(format!("Required field '{field}' not specified")).reason("required")
}

/// 400: something else uses it. Inside an operation the reason is written as its code.
pub(super) fn in_use(kind: &str, path: &str, user: &str) -> Fault {
    let message = format!("The {kind} resource '{path}' is already being used by '{user}'");
    Fault::invalid(message).reason("resourceInUseByAnotherResource")
}

/// The same inside an operation.
pub(super) fn in_use_by_then(kind: &str, path: &str, user: &str) -> Fault {
    in_use(kind, path, user).reason("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE")
}

/// Inside an operation: an address is taken.
pub(super) fn address_taken(address: &str) -> Fault {
    Fault::invalid(format!("IP '{address}' is already being used by another resource."))
        .reason("IP_IN_USE_BY_ANOTHER_RESOURCE")
}

/// 412: a fingerprint is not the current one.
pub(super) fn stale(what: &str) -> Fault {
    Fault::condition_not_met(format!("{what} either invalid or resource has changed"))
}

/// 412: `labelFingerprint` is not the current one.
pub(super) fn stale_labels() -> Fault {
    Fault::condition_not_met("Labels fingerprint either invalid or resource labels have changed")
}

/// What must not happen.
pub(super) fn internal() -> Fault {
    Fault::new(500, "INTERNAL", "INTERNAL_ERROR", "Internal error. Please try again.")
}
