use serde_json::json;

use super::super::{discovery, fault::Style};
use super::*;

fn judge(host: &str, path: &str, id: &str, given: &Json) -> Result<Json, Fault> {
    let api = discovery::find(host, path).unwrap();
    body(api, api.method(id).unwrap(), given)
}

const CREATE_SERVICE: &str = "run.projects.locations.services.create";

#[test]
fn unknown_fields_are_refused_together_with_their_places() {
    let given = json!({"template": {"containers": [{"imag": "x"}], "nope": 1}});
    let fault = judge("run", "v2/", CREATE_SERVICE, &given).unwrap_err();
    assert_eq!(
        fault.message,
        "Invalid JSON payload received. Unknown name \"imag\" at 'service.template.containers[0]': Cannot find field.\n\
         Invalid JSON payload received. Unknown name \"nope\" at 'service.template': Cannot find field."
    );
    let error = &fault.to_response(Style::Status).body.as_json().unwrap()["error"].clone();
    assert_eq!((&error["status"], &error["code"]), (&json!("INVALID_ARGUMENT"), &json!(400)));
    let violations = &error["details"][0]["fieldViolations"];
    assert_eq!(violations[0]["field"], "service.template.containers[0]");
    assert_eq!(violations.as_array().unwrap().len(), 2);
}

#[test]
fn wrong_types_and_enums_are_refused() {
    for (given, message) in [
        (json!({"ingress": "ALL"}), "Invalid value at 'service.ingress' (TYPE_ENUM), \"ALL\""),
        (
            json!({"template": {"timeout": "5m"}}),
            "Invalid value at 'service.template.timeout' (type.googleapis.com/google.protobuf.Duration), \"5m\"",
        ),
        (
            json!({"template": {"maxInstanceRequestConcurrency": "many"}}),
            "Invalid value at 'service.template.max_instance_request_concurrency' (TYPE_INT32), \"many\"",
        ),
        (
            json!({"description": {"a": 1}}),
            "Invalid value at 'service.description' (TYPE_STRING), Starting an object on a scalar field",
        ),
        (
            json!({"description": ["a"]}),
            "Invalid JSON payload received. Unknown name \"description\" at 'service': Proto field is not repeating, \
          cannot start list.",
        ),
    ] {
        assert_eq!(judge("run", "v2/", CREATE_SERVICE, &given).unwrap_err().message, message);
    }
}

#[test]
fn output_only_fields_and_nulls_are_dropped_and_spellings_made_canonical() {
    let given = json!({"uid": "x", "createTime": 7, "launch_stage": 4, "client": null,
                       "template": {"max_instance_request_concurrency": "80"}});
    let kept = judge("run", "v2/", CREATE_SERVICE, &given).unwrap();
    assert_eq!(kept, json!({"launchStage": "GA", "template": {"maxInstanceRequestConcurrency": 80}}));
    let sql = json!({"settings": {"dataDiskSizeGb": 10}});
    assert_eq!(
        judge("sqladmin", "sql/v1beta4/", "sql.instances.insert", &sql).unwrap()["settings"]["dataDiskSizeGb"],
        "10"
    );
}

#[test]
fn query_parameters_are_known_by_either_spelling_and_typed() {
    let api = discovery::find("artifactregistry", "v1/").unwrap();
    let method = api.method("artifactregistry.projects.locations.repositories.create").unwrap();
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    assert_eq!(query(method, &pair("repository_id", "r")).unwrap()["repositoryId"], ["r"]);
    assert!(query(method, &pair("$alt", "json;enum-encoding=int")).is_ok());
    let fault = query(method, &pair("nope", "r")).unwrap_err();
    assert!(fault.message.starts_with("Invalid JSON payload received. Unknown name \"nope\": Cannot bind"));
    let list = api.method("artifactregistry.projects.locations.repositories.list").unwrap();
    let fault = query(list, &pair("pageSize", "ten")).unwrap_err();
    assert_eq!(fault.message, "Invalid value at 'page_size' (TYPE_INT32), \"ten\"");
}

#[test]
fn parameters_as_the_real_gcloud_spells_them_are_taken() {
    let api = discovery::find("compute", "compute/v1/").unwrap();
    let given = |value: &str| {
        let pairs = [("includeAllScopes", value), ("returnPartialSuccess", value)];
        let pairs: Vec<(String, String)> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        query(api.method("compute.addresses.aggregatedList").unwrap(), &pairs)
    };
    assert_eq!(given("True").unwrap()["includeAllScopes"], ["true"]);
    assert!(given("Maybe").unwrap_err().message.contains("(TYPE_BOOL)"));
}
