//! The numbers of enum values, for clients that send and want them (`$alt=json;enum-encoding=int`).
//!
//! Google's documents list names only, mostly in the order of the numbers. `numbers.json` holds the enums where the order
//! lies, as Google's own Rust clients number them (`google-cloud-sql-v1` 2.12, `google-cloud-run-v2` 1.15 and the
//! others): `{enum: {name: number, or null where no client says it}}`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Schema;

const NUMBERS: &str = include_str!("numbers.json");

type Numbers = BTreeMap<String, Option<usize>>;

fn all() -> &'static [Numbers] {
    static ALL: OnceLock<Vec<Numbers>> = OnceLock::new();
    ALL.get_or_init(|| {
        let named: BTreeMap<String, Numbers> =
            serde_json::from_str(NUMBERS).expect("the embedded numbers are valid, a test parses them");
        named.into_values().collect()
    })
}

/// The numbers of an enum that is not listed in their order; enums are told apart by their names, of which another
/// version of the document may lack one.
fn special(options: &[String]) -> Option<&'static Numbers> {
    let fits = |numbers: &&Numbers| {
        matches!(numbers.len().checked_sub(options.len()), Some(0 | 1))
            && options.iter().all(|option| numbers.contains_key(option.as_str()))
    };
    all().iter().find(fits)
}

/// The name behind an enum's number.
pub fn name_of<'a>(schema: &'a Schema, number: &serde_json::Number) -> Option<&'a str> {
    let number = usize::try_from(number.as_u64()?).ok()?;
    match special(&schema.options) {
        Some(numbers) => schema.options.iter().find(|option| numbers[option.as_str()] == Some(number)),
        None => schema.options.get(number),
    }
    .map(String::as_str)
}

/// The number of an enum's name.
pub fn number_of(schema: &Schema, name: &str) -> Option<usize> {
    match special(&schema.options) {
        Some(numbers) => numbers.get(name).copied().flatten(),
        None => schema.options.iter().position(|option| option == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enumeration(api: &str, schema: &str, field: &str) -> &'static Schema {
        let api = super::super::all().find(|known| format!("{}.{}", known.name, known.version) == api).unwrap();
        &api.schema(schema).properties[field]
    }

    #[test]
    fn numbers_lead_to_names_and_back() {
        let cases = [
            ("sqladmin.v1", "DatabaseInstance", "databaseVersion", "POSTGRES_18", 557),
            ("sqladmin.v1beta4", "DatabaseInstance", "databaseVersion", "MYSQL_8_0", 20),
            ("sqladmin.v1", "Settings", "edition", "ENTERPRISE", 2),
            ("artifactregistry.v1", "Repository", "format", "PYTHON", 8),
            ("run.v2", "GoogleCloudRunV2Service", "launchStage", "GA", 4),
            ("run.v2", "GoogleCloudRunV2Service", "ingress", "INGRESS_TRAFFIC_INTERNAL_ONLY", 2),
        ];
        for (api, schema, field, name, number) in cases {
            let schema = enumeration(api, schema, field);
            assert_eq!(number_of(schema, name), Some(number), "{api} {name}");
            assert_eq!(name_of(schema, &serde_json::Number::from(number)), Some(name), "{api} {number}");
        }
        let format = enumeration("artifactregistry.v1", "Repository", "format");
        assert_eq!(number_of(format, "CONDA"), None, "no client numbers it");
    }

    fn enumerations<'a>(schema: &'a Schema, found: &mut Vec<&'a [String]>) {
        found.push(&schema.options);
        schema.items.iter().chain(&schema.additional_properties).for_each(|inner| enumerations(inner, found));
        schema.properties.values().for_each(|inner| enumerations(inner, found));
    }

    #[test]
    fn each_of_them_is_an_enum_of_some_document() {
        let mut found = Vec::new();
        super::super::all().flat_map(|api| api.schemas.values()).for_each(|schema| enumerations(schema, &mut found));
        for numbers in all() {
            let met = found.iter().any(|options| special(options).is_some_and(|met| std::ptr::eq(met, numbers)));
            assert!(met, "{numbers:?}");
        }
    }
}
