//! The JSON Schema of the stack file, from the registry.

use crate::kinds::Row;

/// Names of the top-level fields of a kind.
pub(super) fn field_names(kind: &Row) -> Vec<String> {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = (kind.schema)(&mut generator);
    let properties = schema.get("properties").and_then(|properties| properties.as_object());
    let own = properties.into_iter().flat_map(|properties| properties.keys().cloned());
    own.chain(kind.descriptor.policy.map(|_| "iam".to_owned())).collect()
}
