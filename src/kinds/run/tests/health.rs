//! What is verified after a step, what a refusal means, what a plan says beforehand, and URLs.

use super::*;
use crate::kinds::call::{Refusal, Verdict};
use crate::kinds::run::health::NOT_SERVING;
use crate::model::Diagnostic;
use crate::wire::ApiError;

fn error(status: u16, canonical: &str, message: &str) -> ApiError {
    ApiError {
        status,
        canonical: Some(canonical.to_owned()),
        reason: None,
        message: message.to_owned(),
        metadata: Vec::new(),
        retry_after_s: None,
    }
}

fn judge<K: Kind>(call: &'static str, error: &ApiError, live: Option<&Json>) -> Verdict {
    let action = if call == "create" { Action::Create } else { Action::Update };
    K::judge(&Refusal { action, place: &place("web"), call, error, live })
}

fn failed(verdict: Verdict) -> Diagnostic {
    match verdict {
        Verdict::Failed(diagnostic) => *diagnostic,
        other => panic!("not a failure: {other:?}"),
    }
}

fn ready() -> Json {
    json!({"terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
        "latestCreatedRevision": "projects/demo/locations/us-central1/services/web/revisions/web-00002-b"})
}

#[test]
fn only_a_resource_that_says_so_is_ready() {
    let step = Step::new::<Jobs>(Action::Create, "web", json!({"image": "a/b"}));
    assert_eq!(Jobs::verify(&step.input(), &live(ready())), Ok(()));
    for (state, code) in [("CONDITION_RECONCILING", "not-ready"), ("CONDITION_PENDING", "not-ready"), ("", "not-ready")]
    {
        let api = json!({"terminalCondition": {"state": state}});
        assert_eq!(Jobs::verify(&step.input(), &live(api)).unwrap_err().code, code);
    }
}

#[test]
fn a_container_that_does_not_start_is_named_with_its_revision_and_its_log() {
    let api = json!({
        "latestCreatedRevision": "projects/demo/locations/us-central1/services/web/revisions/web-00007-xyz",
        "conditions": [{"type": "RoutesReady", "state": "CONDITION_SUCCEEDED"},
            {"type": "ConfigurationsReady", "state": "CONDITION_FAILED", "revisionReason": "HEALTH_CHECK_CONTAINER_ERROR",
             "message": "The user-provided container failed to start and listen on the port."}],
        "terminalCondition": {"type": "Ready", "state": "CONDITION_FAILED"},
    });
    let step = Step::new::<Services>(Action::Create, "web", json!({"image": "a/b"}));
    let fault = Services::verify(&step.input(), &live(api)).unwrap_err();
    assert_eq!(fault.code, "revision-failed");
    assert_eq!(
        fault.message,
        "revision `web-00007-xyz` did not start: The user-provided container failed to start and listen on the port"
    );
    assert!(fault.hint.unwrap().contains("resource.labels.revision_name=web-00007-xyz"));

    let refusal = error(9, "FAILED_PRECONDITION", "Revision 'web-00001-abc' is not ready and cannot serve traffic.");
    let fault = failed(judge::<WorkerPools>("create", &refusal, None));
    assert!(fault.message.starts_with("revision `web-00001-abc` did not start"), "{}", fault.message);
    assert!(fault.hint.unwrap().contains("cloud_run_worker_pool"));
}

#[test]
fn each_reason_has_its_way_out() {
    let condition =
        |reason: &str| json!({"terminalCondition": {"state": "CONDITION_FAILED", "reason": reason, "message": "Why."}});
    let step = Step::new::<Services>(Action::Create, "web", json!({"image": "a/b"}));
    for (reason, code, field) in [
        ("CONTAINER_MISSING", "image-missing", "image"),
        ("CONTAINER_PERMISSION_DENIED", "image-pull-denied", "image"),
        ("CONTAINER_IMAGE_UNAUTHORIZED", "image-pull-denied", "image"),
        ("SECRETS_ACCESS_CHECK_FAILED", "secret-access-denied", "serviceAccount"),
        ("ENCRYPTION_KEY_PERMISSION_DENIED", "key-access-denied", "encryptionKey"),
        ("VPC_NETWORK_NOT_FOUND", "network-not-found", "vpcAccess"),
    ] {
        let fault = Services::verify(&step.input(), &live(condition(reason))).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.unwrap().to_string().as_str()), (code, field));
        assert!(fault.message.ends_with(": Why"), "{}", fault.message);
    }
}

#[test]
fn an_image_that_googles_agent_cannot_pull_comes_with_the_grant() {
    let agent = "service-1@serverless-robot-prod.iam.gserviceaccount.com";
    let message = format!(
        "Google Cloud Run Service Agent {agent} must have permission to read the image, us-docker.pkg.dev/other/r/i:v1."
    );
    let fault = failed(judge::<Services>("create", &error(403, "PERMISSION_DENIED", &message), None));
    assert_eq!(fault.code, "image-pull-denied");
    let grant = format!(
        "gcloud projects add-iam-policy-binding other --member=serviceAccount:{agent} --role=roles/artifactregistry.reader"
    );
    assert_eq!(fault.hint.unwrap(), format!("the image lies in another project: {grant}"));
    let own = message.replace("/other/", "/demo/");
    let fault = failed(judge::<Services>("update", &error(403, "PERMISSION_DENIED", &own), None));
    assert!(fault.hint.unwrap().contains("apply again"));
}

#[test]
fn a_secret_that_cannot_be_read_is_told_from_a_container_that_does_not_start() {
    let message = "Revision 'web-00001-abc' is not ready and cannot serve traffic. Permission denied on secret: \
                   projects/1/secrets/s/versions/1. The account must be granted roles/secretmanager.secretAccessor.";
    let fault = failed(judge::<Services>("create", &error(400, "FAILED_PRECONDITION", message), None));
    assert_eq!(fault.code, "secret-access-denied");
}

#[test]
fn a_refusal_that_is_about_the_caller_is_not_blamed_on_a_revision_that_failed_before() {
    let broken = json!({"terminalCondition": {"state": "CONDITION_FAILED", "message": "m"}});
    let denied = error(403, "PERMISSION_DENIED", "Permission 'run.services.update' denied");
    assert_eq!(judge::<Services>("update", &denied, Some(&broken)), Verdict::General);
    let refused = error(400, "FAILED_PRECONDITION", "not ready");
    assert_eq!(failed(judge::<Services>("update", &refused, Some(&broken))).code, "revision-failed");
}

#[test]
fn a_name_that_google_still_removes_is_tried_again() {
    let conflict = error(409, "ALREADY_EXISTS", "exists");
    assert!(matches!(judge::<Services>("create", &conflict, None), Verdict::Retry { .. }));
    let deleted = json!({"deleteTime": "2025-11-23T13:47:02Z"});
    assert!(matches!(judge::<Services>("create", &conflict, Some(&deleted)), Verdict::Retry { .. }));
    assert_eq!(
        judge::<Services>("create", &conflict, Some(&ready())),
        Verdict::General,
        "it is there: to be looked at"
    );
}

#[test]
fn what_is_nothing_special_is_left_to_the_general_rules() {
    for refusal in [
        error(403, "PERMISSION_DENIED", "no"),
        error(429, "RESOURCE_EXHAUSTED", "slow"),
        error(400, "INVALID_ARGUMENT", "x"),
    ] {
        assert_eq!(judge::<Services>("create", &refusal, None), Verdict::General);
        assert_eq!(judge::<Services>("delete", &refusal, None), Verdict::General);
    }
    assert_eq!(judge::<Services>("update", &error(409, "ABORTED", "etag"), Some(&ready())), Verdict::General);
}

#[test]
fn a_revision_name_used_twice_is_explained() {
    let refusal = error(409, "ALREADY_EXISTS", "Revision named 'web-v1' with different configuration already exists.");
    assert_eq!(failed(judge::<Services>("update", &refusal, Some(&ready()))).code, "revision-name-taken");
}

#[test]
fn members_that_the_organisation_refuses_have_a_way_out() {
    let refusal = error(
        400,
        "FAILED_PRECONDITION",
        "One or more users named in the policy do not belong to a permitted customer.",
    );
    let fault = failed(judge::<Services>("set members", &refusal, None));
    assert!(fault.hint.unwrap().contains("invokerIamDisabled: true"));
    assert_eq!(judge::<Jobs>("set members", &refusal, None), Verdict::General);
}

fn pinned(revision: &str) -> Json {
    let mut api = ready();
    api["traffic"] = json!([{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": revision, "percent": 100}]);
    api
}

#[test]
fn a_new_revision_without_requests_is_a_warning_of_its_own() {
    let before = json!({"latestCreatedRevision": "r/web-00001-a", "traffic": pinned("web-00001-a")["traffic"]});
    let silent =
        Step::new::<Services>(Action::Update, "web", json!({"image": "a/b"})).on(before.clone()).changed(&["image"]);
    let fault = Services::verify(&silent.input(), &live(pinned("web-00001-a"))).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.severity), (NOT_SERVING, crate::model::Severity::Warning));
    assert_eq!(
        fault.message,
        "revision `web-00002-b` is deployed and gets no requests: `traffic` goes to `web-00001-a`"
    );
    assert_eq!(Services::verify(&silent.input(), &live(pinned("web-00002-b"))), Ok(()), "the new one is named");
    assert_eq!(Services::verify(&silent.input(), &live(ready())), Ok(()), "no pin");

    let entry = json!({"image": "a/b", "traffic": [{"revision": "web-00001-a", "percent": 100}]});
    let wanted = Step::new::<Services>(Action::Update, "web", entry).on(before.clone()).changed(&["image"]);
    assert_eq!(Services::verify(&wanted.input(), &live(pinned("web-00001-a"))), Ok(()), "the file says so");

    let mut same = ready();
    same["traffic"] = pinned("web-00001-a")["traffic"].clone();
    let labels =
        Step::new::<Services>(Action::Update, "web", json!({"image": "a/b"})).on(same.clone()).changed(&["labels.x"]);
    assert_eq!(Services::verify(&labels.input(), &live(same)), Ok(()), "no new revision");

    assert!(
        Services::consequences(&silent.input())[0]
            .starts_with("the new revision gets no requests: `traffic` goes to `web-00001-a`")
    );
    assert!(Services::consequences(&wanted.input()).is_empty());
    assert!(Services::consequences(&labels.input()).is_empty());
}

#[test]
fn a_plan_says_what_is_charged_for_and_what_is_lost() {
    let entry = json!({"image": "a/b", "scaling": {"minInstanceCount": 1}});
    let create = Step::new::<Services>(Action::Create, "web", entry);
    assert_eq!(Services::consequences(&create.input()), ["1 instance is always there, and charged for all the time"]);
    let pool = |action: Action| {
        Step::new::<WorkerPools>(action, "pool", json!({"image": "a/b", "scaling": {"manualInstanceCount": 2}}))
    };
    assert_eq!(
        WorkerPools::consequences(&pool(Action::Create).input()),
        ["2 instances run, and are charged for, all the time"]
    );
    let rollout = WorkerPools::consequences(&pool(Action::Update).on(ready()).changed(&["image"]).input());
    assert!(rollout[0].starts_with("the rollout stops the running instances"), "{rollout:?}");
    assert!(WorkerPools::consequences(&pool(Action::Update).on(ready()).changed(&["labels.x"]).input()).is_empty());
    let delete = Step::new::<Services>(Action::Delete, "web", json!({}));
    assert_eq!(Services::consequences(&delete.input()), ["`web` stops answering, with all its addresses"]);
}

#[test]
fn outputs_of_revisions_wait_for_a_new_revision() {
    let step =
        |path: &str| Step::new::<Services>(Action::Update, "web", json!({"image": "a/b"})).on(ready()).changed(&[path]);
    assert_eq!(Services::unsettled(&step("image").input()), ["latestReadyRevision", "latestCreatedRevision"]);
    assert!(Services::unsettled(&step("labels.x").input()).is_empty());
}

#[test]
fn the_url_is_known_before_the_service_exists() {
    let known = |name: &str, project: &ProjectFacts, entry: Json| {
        Services::known_outputs(&place(name), project, &doc(entry))
            .get("url")
            .and_then(|url| url.as_str().map(str::to_owned))
    };
    let url = "https://web-123456789012.us-central1.run.app";
    assert_eq!(known("web", &project(), json!({})).as_deref(), Some(url));
    let without_number = ProjectFacts { id: "demo".to_owned(), number: None };
    assert_eq!(known("web", &without_number, json!({})), None);
    let other = ProjectFacts { id: "other".to_owned(), number: Some("1".to_owned()) };
    assert_eq!(known("web", &other, json!({})), None, "the number is of another project");
    assert_eq!(known("web", &project(), json!({"defaultUriDisabled": true})), None);
    let long = "a".repeat(51);
    assert_eq!(known(&long, &project(), json!({})), None, "longer than a DNS label");
}

#[test]
fn the_live_url_is_the_foretold_one_where_google_gives_it() {
    let url = "https://web-123456789012.us-central1.run.app";
    let hash = "https://web-lrpj2oh4mq-uc.a.run.app";
    let out = |api: Json| {
        Services::live_outputs(&place("web"), &live(api)).get("url").and_then(|url| url.as_str().map(str::to_owned))
    };
    assert_eq!(out(json!({"uri": hash, "urls": [url, hash]})).as_deref(), Some(url));
    assert_eq!(out(json!({"uri": hash})).as_deref(), Some(hash));
    assert_eq!(out(json!({})), None);

    let step = Step::new::<Services>(Action::Create, "web", json!({"image": "a/b"}));
    let with_urls = |urls: Json| {
        let mut api = ready();
        api["urls"] = urls;
        live(api)
    };
    assert_eq!(Services::verify(&step.input(), &with_urls(json!([hash, url]))), Ok(()));
    assert_eq!(Services::verify(&step.input(), &with_urls(json!([hash]))).unwrap_err().code, "url-differs");
    assert_eq!(Services::verify(&step.input(), &live(ready())), Ok(()), "2024's answers have no `urls`");
}

#[test]
fn names_follow_googles_rule() {
    for name in ["a", "web-1", &"a".repeat(49)] {
        assert_eq!(Services::check_name(name), Ok(()), "{name}");
    }
    for name in ["", "1web", "-web", "web-", "Web", "web_1", "web.x", &"a".repeat(50)] {
        assert!(Services::check_name(name).is_err(), "{name}");
        assert!(WorkerPools::check_name(name).is_err(), "{name}");
    }
    assert_eq!(Jobs::check_name(&"a".repeat(63)), Ok(()));
    assert!(Jobs::check_name(&"a".repeat(64)).is_err());
}
